//! The code pages of DOS, which encoding_rs leaves out for the web's sake: some shop systems still write them.

/// The upper half of each: what the bytes from 0x80 on stand for.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";
const CP852: &str = "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}";

/// Decodes the charsets of this file; `None` for any other.
pub(super) fn decode(bytes: &[u8], name: &str) -> Option<String> {
    let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    let is_page = ["cp", "ibm", "cs", "dos", "oem"]
        .iter()
        .any(|kind| name.starts_with(kind));
    let upper = match digits {
        _ if !is_page => return None,
        "437" => CP437,
        // 858 has the euro for a dotless i
        "850" | "858" | "850multilingual" | "00858" => CP850,
        "852" => CP852,
        _ => return None,
    };
    let upper: Vec<char> = upper.chars().collect();
    let decoded = bytes
        .iter()
        .map(|byte| match usize::from(*byte).checked_sub(0x80) {
            None => char::from(*byte),
            Some(0x55) if digits.ends_with("858") => '€',
            Some(at) => upper
                .get(at)
                .copied()
                .unwrap_or(char::REPLACEMENT_CHARACTER),
        });
    Some(decoded.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_pages_are_decoded() {
        for (bytes, name, text) in [
            (&b"Gr\x81\xe1e"[..], "cp850", "Grüße"),
            (b"Gr\x81\xe1e", "ibm437", "Grüße"),
            (b"\x9d\xa2\x88ty", "cp852", "Łółty"),
            (b"10 \xd5", "ibm00858", "10 €"),
        ] {
            assert_eq!(decode(bytes, name).as_deref(), Some(text), "{name}");
        }
        for page in [CP437, CP850, CP852] {
            assert_eq!(page.chars().count(), 128);
        }
        assert_eq!(decode(b"a", "utf-8"), None);
        assert_eq!(decode(b"a", "iso-8859-437"), None);
    }
}
