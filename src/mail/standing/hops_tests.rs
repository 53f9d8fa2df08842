use super::*;

fn kind(received: &str) -> Kind {
    Hop::of(received).kind(&["mx.example.com".to_owned()])
}

#[test]
fn received_fields_tell_inside_from_outside() {
    for (received, expected) in [
        // Postfix, Exim, Sendmail, Exchange, from outside
        (
            "from mail.example.net (mail.example.net [192.0.2.1]) by mx.example.com (Postfix) with ESMTPS id A; Tue",
            Kind::Border,
        ),
        (
            "from [192.0.2.1] (helo=x) by mx.example.com with esmtp (Exim 4.96) id A for a@example.com; Tue",
            Kind::Border,
        ),
        ("from mail.example.net by MX.Example.com; Tue", Kind::Border),
        // from the same organisation's other hosts
        (
            "from edge (edge [192.0.2.7]) by mail.example.com with ESMTP; Tue",
            Kind::Border,
        ),
        // from one program to the next
        (
            "from mx.example.com ([127.0.0.1]) by mx.example.com with LMTP id A; Tue",
            Kind::Inside,
        ),
        (
            "from mx.example.com by mx.example.com with LMTP id A; Tue",
            Kind::Inside,
        ),
        (
            "from localhost (localhost [127.0.0.1]) by mx.example.com (Postfix) with ESMTP id A; Tue",
            Kind::Inside,
        ),
        (
            "from edge (edge.example.com [IPv6:fd00::7]) by mx.example.com with ESMTP; Tue",
            Kind::Inside,
        ),
        (
            "by mx.example.com (Postfix, from userid 1000) id A; Tue",
            Kind::Inside,
        ),
        (
            "by 2002:a05:6a10:1234:b0:1:2:3 with SMTP id abc; Tue",
            Kind::Inside,
        ),
        // who calls himself local isn't
        (
            "from localhost (evil.example [192.0.2.66]) by mx.example.com (Postfix) with ESMTP; Tue",
            Kind::Border,
        ),
        (
            "from [127.0.0.1] (evil.example [192.0.2.66]) by mx.example.com (Postfix) with ESMTP; Tue",
            Kind::Border,
        ),
        (
            "from [192.0.2.66] (helo=[127.0.0.1]) by mx.example.com with esmtp; Tue",
            Kind::Border,
        ),
        (
            "from by (with [192.0.2.66]) by mx.example.com with SMTP; Tue",
            Kind::Border,
        ),
        // others
        ("from a by mail.example.net with ESMTP; Tue", Kind::Foreign),
        ("from a by evil-example.com with ESMTP; Tue", Kind::Foreign),
        (
            "from a by mx.example.com.evil.net with LMTP; Tue",
            Kind::Foreign,
        ),
        (
            "from mx.example.com (by mx.example.com with LMTP) by evil.net; Tue",
            Kind::Foreign,
        ),
        ("(qmail 1 invoked by uid 89); Tue", Kind::Foreign),
        ("", Kind::Foreign),
        ("from", Kind::Foreign),
        ("from é by é", Kind::Foreign),
    ] {
        assert_eq!(kind(received), expected, "{received}");
    }
}

/// `ids` of the fields that count, `unreadable`, `misplaced`.
fn counted(head: &str) -> String {
    let raw = format!("{}\n\nx", head.trim_end());
    let own = own_results(&Headers::of(raw.as_bytes()), &["mx.example.com".to_owned()]);
    let mut words: Vec<String> = own
        .results
        .iter()
        .flat_map(|all| &all.results)
        .map(|one| one.method.clone())
        .collect();
    words.extend(own.unreadable.then(|| "unreadable".to_owned()));
    words.extend(own.misplaced.then(|| "misplaced".to_owned()));
    words.join(" ")
}

#[test]
fn only_our_own_servers_topmost_results_count() {
    const OURS: &str = "Authentication-Results: MX.example.com; dmarc=pass\n";
    const OURS_TOO: &str = "Authentication-Results: mx.example.com; dkim=pass\n";
    const FORGED: &str = "Authentication-Results: mx.example.com; spf=pass\n";
    const THEIRS: &str = "Authentication-Results: mx.example.net; dmarc=pass\n";
    const IN: &str = "Received: from mx.example.com ([127.0.0.1]) by mx.example.com with LMTP; x\n";
    const BORDER: &str = "Received: from a ([192.0.2.1]) by mx.example.com with ESMTP; x\n";
    const OUT: &str = "Received: from b by mail.example.net with ESMTP; x\n";
    for (head, counts) in [
        (vec![OURS, "From: a@b.example\n"], "dmarc"),
        (vec![OURS, BORDER, OUT], "dmarc"),
        (vec![BORDER, OURS, OUT], "dmarc"),
        (vec![IN, BORDER, OURS, OUT], "dmarc"),
        (vec![IN, OURS, BORDER, OUT], "dmarc"),
        (vec![OURS, OURS_TOO, BORDER, OUT], "dmarc dkim"),
        // below the border a second one may have come with the message
        (vec![BORDER, OURS, FORGED, "From: a@b.example\n"], "dmarc"),
        (vec![OURS, FORGED, "From: a@b.example\n"], "dmarc"),
        (vec![OURS, BORDER, FORGED, "From: a@b.example\n"], "dmarc"),
        (vec![OURS, FORGED, OUT], "dmarc"),
        (vec![THEIRS, BORDER, OUT], ""),
        (vec![THEIRS, OURS, BORDER], "dmarc"),
        (vec![BORDER, OURS, FORGED, BORDER], "dmarc"),
        // below anything of others, none counts
        (vec![OUT, FORGED], "misplaced"),
        (vec![BORDER, OUT, FORGED], "misplaced"),
        (vec![BORDER, BORDER, FORGED], "misplaced"),
        (vec![BORDER, IN, FORGED], "misplaced"),
        (vec![OUT, IN, FORGED], "misplaced"),
        (
            vec![
                "Authentication-Results: mx.example.com; oops\n",
                OURS,
                BORDER,
            ],
            "dmarc unreadable",
        ),
        (
            vec!["Authentication-Results: xmx.example.com; dmarc=pass\n"],
            "",
        ),
        (
            vec!["Authentication-Results: mx.example.com.evil; dmarc=pass\n"],
            "",
        ),
        (
            vec!["X-Authentication-Results: mx.example.com; dmarc=pass\n"],
            "",
        ),
        (
            vec!["ARC-Authentication-Results: i=1; mx.example.com; dmarc=pass\n"],
            "",
        ),
    ] {
        let head = head.concat();
        assert_eq!(counted(&head), counts, "{head}");
    }
}
