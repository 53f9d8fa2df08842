//! Any text as results of our mail server, as a hop, as a signature and as a key: who isn't named in it isn't proven.

#![no_main]

use std::collections::HashMap;

use libfuzzer_sys::fuzz_target;
use redress::mail::standing::{Answer, Verdict, settle};
use redress::mail::{Context, Standing, read};

fuzz_target!(|input: (&str, &str, &str, &[u8])| {
    let (results, hop, signature, key) = input;
    let servers = ["mx.example.com".to_owned()];
    let context = Context {
        authserv_ids: &servers,
        ..Context::default()
    };
    // lines of one's own would be fields of one's own
    let line = |text: &str| text.replace(['\r', '\n'], " ");
    let raw = format!(
        "Received: {}\r\nAuthentication-Results: mx.example.com {}\r\nDKIM-Signature: v=1; d=example.net; {}\r\n\
         From: a@example.net\r\nTo: b@example.com\r\nSubject: x\r\nDate: x\r\nMessage-ID: <x@y>\r\n\r\nx\r\n",
        line(hop),
        line(results),
        line(signature)
    );
    let reading = read(raw.as_bytes(), &context);
    let named = results.to_ascii_lowercase();
    let sound = |standing: &Standing| match standing.verdict {
        Verdict::Proven => {
            assert!(named.contains("pass") && named.contains("example.net"), "{standing:?}");
            assert_eq!(standing.domain.as_deref(), Some("example.net"));
        }
        Verdict::Unproven | Verdict::Failed | Verdict::Temporary => {}
    };
    sound(&reading.standing);
    assert!(reading.claims.len() <= 4);
    let answer = Answer::Records(vec![key.to_vec()]);
    let answers: HashMap<String, Answer> = reading
        .claims
        .iter()
        .map(|claim| (claim.key_name.clone(), answer.clone()))
        .collect();
    // nobody can sign for a key by chance
    sound(&settle(&reading.standing, &reading.claims, &answers, None));
});
