use super::*;

fn standing(results: &str, from: &str) -> Standing {
    let raw =
        format!("Authentication-Results: mx.example.net; {results}\r\nFrom: a@{from}\r\n\r\nx");
    let ids = ["MX.example.net".to_owned()];
    judge(raw.as_bytes(), &Headers::of(raw.as_bytes()), from, &ids).0
}

#[test]
fn our_own_servers_results_prove_the_author_where_they_are_about_them() {
    use Verdict::{Failed, Proven, Temporary, Unproven};
    for (results, verdict) in [
        ("dmarc=pass header.from=example.com", Proven),
        ("dmarc=pass (p=none) header.from=EXAMPLE.com.", Proven),
        ("dkim=pass header.d=example.com", Proven),
        ("dkim=pass header.d=mail.example.com", Proven),
        ("dkim=pass header.i=@example.com", Proven),
        ("dkim=pass header.i=wang@lists.example.com", Proven),
        ("spf=pass smtp.mailfrom=bounces@mail.example.com", Proven),
        ("spf=pass smtp.mailfrom=example.com", Proven),
        (
            "dkim=fail header.d=example.com; spf=pass smtp.mailfrom=example.com",
            Proven,
        ),
        // about somebody else
        ("dmarc=pass header.from=example.org", Unproven),
        ("dmarc=pass header.from=mail.example.com", Unproven),
        ("dmarc=pass header.from=evil-example.com", Unproven),
        ("dmarc=pass header.from=example.com.evil.org", Unproven),
        ("dkim=pass header.d=example.org", Unproven),
        ("dkim=pass header.d=notexample.com", Unproven),
        ("dkim=pass header.d=com", Unproven),
        ("spf=pass smtp.mailfrom=example.com@evil.org", Unproven),
        (
            "spf=pass smtp.mailfrom=\"a@example.com\"@evil.org",
            Unproven,
        ),
        ("spf=pass smtp.helo=example.com", Unproven),
        (
            "dkim=pass reason=\"header.d=example.com\" header.d=evil.org",
            Unproven,
        ),
        (
            "dkim=pass (header.d=example.com) header.d=evil.org",
            Unproven,
        ),
        ("dkim=pass header.d=example.com header.d=evil.org", Unproven),
        ("dmarc=pass", Unproven),
        ("dmarc=bestguesspass header.from=example.com", Unproven),
        ("arc=pass header.d=example.com", Unproven),
        ("x-dkim=pass header.d=example.com", Unproven),
        ("none", Unproven),
        ("dkim=neutral header.d=example.com", Unproven),
        ("dmarc=none header.from=example.com", Unproven),
        ("dkim=pass header.d=example.com oops", Unproven),
        // what the domain itself refuses
        (
            "dmarc=fail header.from=example.com; dkim=pass header.d=mail.example.com",
            Failed,
        ),
        (
            "dmarc=pass header.from=example.com; dmarc=fail header.from=example.com",
            Failed,
        ),
        ("dmarc=temperror header.from=example.com", Temporary),
        ("dkim=temperror header.d=example.com", Temporary),
        ("spf=temperror smtp.mailfrom=example.com", Temporary),
    ] {
        let found = standing(results, "example.com");
        assert_eq!(found.verdict, verdict, "{results}: {}", found.reason);
        assert_eq!(found.by == By::Results, verdict != Unproven, "{results}");
    }
    let beyond_ascii = standing(
        "dmarc=pass header.from=xn--bcher-kva.example",
        "bücher.example",
    );
    assert_eq!(beyond_ascii.verdict, Proven);
    assert_eq!(
        beyond_ascii.domain.as_deref(),
        Some("xn--bcher-kva.example")
    );
}

#[test]
fn without_a_name_for_our_server_nobody_is_believed() {
    let raw = "Authentication-Results: mx.example.net; dmarc=pass header.from=example.com\r\n\r\nx";
    let (found, _) = judge(
        raw.as_bytes(),
        &Headers::of(raw.as_bytes()),
        "example.com",
        &[],
    );
    assert_eq!(found.verdict, Verdict::Unproven);
    assert_eq!(
        found.reason,
        "no mail server of ours is named whose results could be believed; no signature of the author's domain"
    );
}
