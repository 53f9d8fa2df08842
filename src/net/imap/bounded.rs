//! Responses weighed as they come: none may grow beyond what its command can rightly bring.
//!
//! async-imap makes room for a whole literal as soon as it is announced, up to 512 MiB: thirty bytes from a
//! server at fault would take half a gigabyte from us. So announcements (RFC 3501 §4.3) are read here first.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What any response may hold in literals, where its command doesn't say otherwise.
pub(super) const SMALL: u64 = 64 * 1024;

/// Longest response outside its literals: the UIDs of two million messages.
const LONGEST_TEXT: u64 = 16 * 1024 * 1024;

/// A connection that breaks off at a response over its limit.
#[derive(Debug)]
pub(super) struct Bounded<S> {
    inner: S,
    scale: Scale,
}

/// A response is over its limit.
#[derive(Debug, thiserror::Error)]
#[error("a response over its limit of {limit} bytes")]
pub(super) struct OverLimit {
    /// Bytes.
    pub limit: u64,
}

impl<S> Bounded<S> {
    pub(super) fn new(inner: S) -> Bounded<S> {
        Bounded {
            inner,
            scale: Scale::new(SMALL),
        }
    }

    /// Sets what each response may hold in literals from now on, in bytes.
    pub(super) fn limit(&mut self, most: u64) {
        self.scale.most = most;
    }
}

/// How far the response that comes now has come.
#[derive(Debug)]
struct Scale {
    most: u64,
    /// Bytes of literals announced in this response.
    literals: u64,
    /// Bytes outside literals in this response.
    text: u64,
    /// Bytes of the current literal still to come.
    skip: u64,
    /// Its first bytes, in upper case: enough to tell its kind.
    head: [u8; 10],
    place: Place,
}

/// Where in `{5}` CRLF the text stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    Text,
    Digits(u64),
    Closed(u64),
    Return(u64),
}

impl Scale {
    fn new(most: u64) -> Scale {
        Scale {
            most,
            literals: 0,
            text: 0,
            skip: 0,
            head: [0; 10],
            place: Place::Text,
        }
    }

    fn weigh(&mut self, mut bytes: &[u8]) -> Result<(), OverLimit> {
        while let Some((byte, rest)) = bytes.split_first() {
            if self.skip > 0 {
                let skipped = bytes
                    .len()
                    .min(usize::try_from(self.skip).unwrap_or(usize::MAX));
                self.skip -= skipped as u64;
                bytes = &bytes[skipped..];
            } else {
                self.step(*byte)?;
                bytes = rest;
            }
        }
        Ok(())
    }

    fn step(&mut self, byte: u8) -> Result<(), OverLimit> {
        if let Some(place) = usize::try_from(self.text)
            .ok()
            .and_then(|at| self.head.get_mut(at))
        {
            *place = byte.to_ascii_uppercase();
        }
        self.text += 1;
        if self.text > LONGEST_TEXT {
            return Err(OverLimit {
                limit: LONGEST_TEXT,
            });
        }
        self.place = match (self.place, byte) {
            (_, b'{') => Place::Digits(0),
            (Place::Digits(n), b'0'..=b'9') => {
                Place::Digits(n.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
            }
            (Place::Digits(n), b'}') => Place::Closed(n),
            (Place::Closed(n), b'\r') => Place::Return(n),
            (Place::Return(n), b'\n') if !self.is_words() => {
                self.literals = self.literals.saturating_add(n);
                if self.literals > self.most {
                    return Err(OverLimit { limit: self.most });
                }
                self.skip = n;
                Place::Text
            }
            (_, b'\n') => {
                *self = Scale::new(self.most);
                Place::Text
            }
            _ => Place::Text,
        };
        Ok(())
    }

    /// Whether the response is a status or a continuation: these end in words for people (RFC 3501 §7.1),
    /// where `{5}` announces nothing.
    fn is_words(&self) -> bool {
        self.head[0] != b'*'
            || [&b"* OK "[..], b"* NO ", b"* BAD ", b"* BYE ", b"* PREAUTH "]
                .iter()
                .any(|start| self.head.starts_with(start))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(context, buffer))?;
        if let Err(over) = this.scale.weigh(&buffer.filled()[before..]) {
            // who announces too much isn't listened to
            buffer.set_filled(before);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::FileTooLarge, over)));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether these responses stay within a limit of 100 bytes, fed in pieces of `piece` bytes.
    fn fits(text: &str, piece: usize) -> bool {
        let mut scale = Scale::new(100);
        text.as_bytes()
            .chunks(piece)
            .all(|bytes| scale.weigh(bytes).is_ok())
    }

    #[test]
    fn literals_are_weighed_where_they_are_announced() {
        let full = format!("* 1 FETCH (BODY[] {{100}}\r\n{})\r\n", "x".repeat(100));
        for (text, expected) in [
            (full.clone(), true),
            // the next response starts anew
            (full.repeat(3), true),
            ("* 1 FETCH (BODY[] {101}\r\n".to_owned(), false),
            (
                "* 1 FETCH (BODY[] {99999999999999999999999}\r\n".to_owned(),
                false,
            ),
            // what one response holds counts together
            (
                format!("* 1 FETCH (A {{60}}\r\n{} B {{60}}\r\n", "x".repeat(60)),
                false,
            ),
            // what a mail says announces nothing
            (
                format!("* 1 FETCH (A {{9}}\r\n{{9999}}\r\n\n)\r\n{full}"),
                true,
            ),
            // nor do words for people, or a text that isn't at the end of its line
            ("* OK see {9999}\r\n* bye {9999}\r\n".to_owned(), true),
            ("A1 NO {9999}\r\n+ {9999}\r\n".to_owned(), true),
            ("* LIST () \"/\" {9999} x\r\n".to_owned(), true),
            // and they hide no announcement that follows
            ("* OK {60}\r\n* 1 FETCH (A {101}\r\n".to_owned(), false),
        ] {
            for piece in [1, 2, 7, 4096] {
                assert_eq!(fits(&text, piece), expected, "{text} by {piece}");
            }
        }
    }

    #[test]
    fn a_line_without_an_end_is_refused() {
        let mut scale = Scale::new(100);
        let piece = [b' '; 4096];
        let taken = (0..LONGEST_TEXT)
            .take_while(|_| scale.weigh(&piece).is_ok())
            .count();
        assert_eq!(taken as u64, LONGEST_TEXT / 4096);
    }

    proptest! {
        #[test]
        fn how_bytes_are_cut_makes_no_difference(
            text in r"(\* 1 FETCH \(A |\* OK |\{[0-9]{1,3}\}|\r\n|x|\)){0,40}",
            piece in 1usize..9,
        ) {
            prop_assert_eq!(fits(&text, piece), fits(&text, usize::MAX));
        }
    }
}
