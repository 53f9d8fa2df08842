//! Names of folders beyond ASCII: modified UTF-7 (RFC 3501 §5.1.3).

/// A folder's name as it travels: `投诉` is `&YpWLyQ-`.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut shifted: Vec<u8> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            unshift(&mut out, &mut shifted);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                shifted.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    unshift(&mut out, &mut shifted);
    out
}

fn unshift(out: &mut String, shifted: &mut Vec<u8>) {
    if !shifted.is_empty() {
        out.push('&');
        let text = data_encoding::BASE64_NOPAD.encode(shifted);
        out.push_str(&text.replace('/', ","));
        out.push('-');
        shifted.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn names_travel_as_rfc_3501_writes_them() {
        for (name, encoded) in [
            ("INBOX", "INBOX"),
            ("投诉", "&YpWLyQ-"),
            ("INBOX/投诉/2026", "INBOX/&YpWLyQ-/2026"),
            ("Kunden & Beschwerden", "Kunden &- Beschwerden"),
            // the RFC's own example
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("😀", "&2D3eAA-"),
        ] {
            assert_eq!(encode(name), encoded, "{name}");
        }
    }
}
