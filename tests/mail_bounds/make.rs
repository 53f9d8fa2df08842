//! Pieces that the bombs are made of.

use super::bombs::LARGEST;

/// A mail with more fields, and a body that may begin with fields of its own.
pub fn with(fields: &str, body: &str) -> Vec<u8> {
    let own = body.starts_with("Content-Type:");
    let gap = if own { "" } else { "\r\n" };
    format!("From: a@b.cd\r\n{fields}{gap}{body}").into_bytes()
}

pub fn mixed(parts: &str) -> Vec<u8> {
    with("Content-Type: multipart/mixed; boundary=x\r\n", parts)
}

pub fn page(piece: &str, count: usize) -> Vec<u8> {
    with(
        "Content-Type: text/html; charset=utf-8\r\n",
        &piece.repeat(count),
    )
}

pub fn report(groups: &str) -> Vec<u8> {
    let body = format!(
        "--x\r\n\r\nfailed\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; b\r\n\r\n{groups}\r\n--x--\r\n"
    );
    with(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n",
        &body,
    )
}

pub fn base64(kind: &str, bytes: &[u8]) -> Vec<u8> {
    let text = data_encoding::BASE64.encode(bytes);
    with(
        &format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"),
        &text,
    )
}

/// Messages in messages, each encoded once more than the one round it.
pub fn nested_base64(levels: usize) -> Vec<u8> {
    let mut inner = with("", &"some text\r\n".repeat(100_000));
    for _ in 0..levels {
        if inner.len() > LARGEST / 2 {
            break;
        }
        inner = base64("message/rfc822", &inner);
    }
    inner
}

/// An attribute of level 1 (MS-OXTNEF §2.1.3.3).
pub fn attribute(name: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1];
    bytes.extend(u32::from(name).to_le_bytes());
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
    bytes.extend([0, 0]);
    bytes
}

pub fn tnef(attributes: &[u8]) -> Vec<u8> {
    let whole = [&[0x78, 0x9f, 0x3e, 0x22, 1, 0][..], attributes].concat();
    base64("application/ms-tnef; name=winmail.dat", &whole)
}
