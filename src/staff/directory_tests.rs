use super::*;

use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn person(id: &str) -> Person {
    id.parse().unwrap()
}

/// A handler; `away` as `from until deputy`.
fn member(id: &str, languages: &[&str], categories: &[&str], away: &str) -> Member {
    let mut parts = away.split(' ');
    let from = parts.next().filter(|from| !from.is_empty());
    let absence = from.map(|from| Absence {
        from: day(from),
        until: day(parts.next().unwrap()),
        deputy: parts.next().map(person),
    });
    Member {
        person: person(id),
        name: format!("{} Name", id.replace('.', " ")),
        addresses: vec![format!("{id}@example.com")],
        roles: BTreeSet::from([Role::Handler]),
        languages: languages.iter().map(|tag| tag.parse().unwrap()).collect(),
        categories: categories.iter().map(|code| (*code).to_owned()).collect(),
        absence,
        working_days: vec![],
        digest: true,
    }
}

#[test]
fn an_address_names_somebody_only_as_a_whole() {
    let mut li = member("li.na", &[], &[], "");
    li.addresses = vec![
        "Li.Na@Example.com".to_owned(),
        "li@bücher.example".to_owned(),
        "na+desk@example.com".to_owned(),
    ];
    let directory = Directory::new(vec![li, member("wang", &[], &[], "")]);
    for (text, found) in [
        ("li.na@example.com", Some("li.na")),
        ("LI.NA@EXAMPLE.COM", Some("li.na")),
        (" li.na@example.com ", Some("li.na")),
        ("li@xn--bcher-kva.example", Some("li.na")),
        ("li@BÜCHER.example", Some("li.na")),
        ("na+desk@example.com", Some("li.na")),
        ("wang@example.com", Some("wang")),
        ("na@example.com", None),
        ("li.na+x@example.com", None),
        ("lina@example.com", None),
        ("li.na@mail.example.com", None),
        ("li.na@example.com.evil.test", None),
        ("li.na@notexample.com", None),
        ("li.na@example.co", None),
        ("li.na@examp1e.com", None),
        // a Cyrillic а, and the Kelvin sign in place of a k
        ("li.nа@example.com", None),
        ("na+des\u{212a}@example.com", None),
        ("li.na@example.com@evil.test", None),
        ("\"li.na\"@example.com", None),
        ("Li Na <li.na@example.com>", None),
        ("", None),
    ] {
        let member = directory.by_address(text);
        assert_eq!(member.map(|one| one.person.as_str()), found, "{text}");
    }
}

#[test]
fn the_longest_name_at_the_start_counts() {
    let mut zhou = member("zhou", &[], &[], "");
    zhou.name = "物流部".to_owned();
    let mut twin = member("wang.2", &[], &[], "");
    twin.name = "Wang".to_owned();
    let mut wang = member("wang.1", &[], &[], "");
    wang.name = "wang".to_owned();
    let directory = Directory::new(vec![
        member("li", &[], &[], ""),
        member("li.na", &[], &[], ""),
        zhou,
        wang,
        twin,
    ]);
    let several = || NoOne::Several(vec![person("wang.1"), person("wang.2")]);
    for (text, found) in [
        ("li.na: where is it?", Ok(("li.na", ": where is it?"))),
        ("Li Na Name where", Ok(("li.na", " where"))),
        ("@li where", Ok(("li", " where"))),
        ("ＬＩ　where", Ok(("li", "　where"))),
        ("li.na@example.com", Ok(("li.na", ""))),
        ("物流部这个包裹", Ok(("zhou", "这个包裹"))),
        ("wang.2 x", Ok(("wang.2", " x"))),
        ("Wang x", Err(several())),
        ("lina", Err(NoOne::Unknown)),
        ("li.nan x", Err(NoOne::Unknown)),
        ("", Err(NoOne::Unknown)),
    ] {
        let leading = directory.leading(text);
        let leading = leading.map(|(member, rest)| (member.person.as_str(), rest));
        assert_eq!(leading, found, "{text}");
    }
    assert_eq!(directory.named("“Li.Na”.").unwrap().person, person("li.na"));
    assert_eq!(directory.named("li or na"), Err(NoOne::Unknown));
}

#[test]
fn a_deputy_stands_in_and_so_does_the_deputys() {
    let directory = Directory::new(vec![
        member("a", &[], &[], "2026-12-01 2026-12-10 b"),
        member("b", &[], &[], "2026-12-05 2026-12-06 c"),
        member("c", &[], &[], "2026-12-06 2026-12-06 a"),
        member("d", &[], &[], "2026-12-01 2026-12-10"),
        member("e", &[], &[], "2026-12-01 2026-12-10 gone"),
    ]);
    for (who, date, deputy, on_duty) in [
        ("a", "2026-11-30", None, Some("a")),
        ("a", "2026-12-01", Some("b"), Some("b")),
        ("a", "2026-12-05", Some("c"), Some("c")),
        // a round of deputies ends
        ("a", "2026-12-06", None, None),
        ("a", "2026-12-10", Some("b"), Some("b")),
        ("a", "2026-12-11", None, Some("a")),
        ("d", "2026-12-05", None, None),
        ("e", "2026-12-05", None, None),
        ("gone", "2026-12-05", None, None),
    ] {
        let id = |member: Option<&Member>| member.map(|one| one.person.to_string());
        let found = id(directory.deputy_for(&person(who), day(date)));
        assert_eq!(found.as_deref(), deputy, "{who} {date}");
        let found = id(directory.on_duty(&person(who), day(date)));
        assert_eq!(found.as_deref(), on_duty, "{who} {date}");
    }
}

#[test]
fn a_new_case_goes_to_who_fits_is_there_and_has_least_to_do() {
    let mut boss = member("boss", &["zh"], &["delivery"], "");
    boss.roles = BTreeSet::from([Role::Supervisor]);
    let directory = Directory::new(vec![
        member("chen", &["zh"], &["delivery"], ""),
        member("ann", &["en"], &["delivery"], ""),
        member("bo", &["zh"], &[], ""),
        member("dai", &["zh", "en"], &["delivery"], "2026-12-01 2026-12-10"),
        boss,
    ]);
    let work = |rows: &[(&str, usize)]| -> HashMap<Person, usize> {
        rows.iter()
            .map(|(id, count)| (person(id), *count))
            .collect()
    };
    for (category, language, recused, open, date, expected) in [
        (
            Some("delivery"),
            "zh",
            &[][..],
            &[("chen", 9)][..],
            "2026-12-01",
            Some("chen"),
        ),
        (
            Some("delivery"),
            "zh",
            &[],
            &[("chen", 9)],
            "2026-12-11",
            Some("dai"),
        ),
        (
            Some("delivery"),
            "zh",
            &["chen"],
            &[("bo", 3)],
            "2026-12-01",
            Some("bo"),
        ),
        (
            Some("billing"),
            "zh",
            &[],
            &[("chen", 2), ("bo", 1)],
            "2026-12-01",
            Some("bo"),
        ),
        (None, "zh", &[], &[], "2026-12-01", Some("bo")),
        (
            None,
            "en",
            &["ann"],
            &[("bo", 2), ("chen", 1)],
            "2026-12-01",
            Some("chen"),
        ),
        (
            None,
            "fr",
            &[],
            &[("ann", 1), ("bo", 1), ("chen", 1)],
            "2026-12-01",
            Some("ann"),
        ),
        (
            None,
            "zh",
            &["ann", "bo", "chen", "dai"],
            &[],
            "2026-12-01",
            None,
        ),
    ] {
        let recused: BTreeSet<Person> = recused.iter().copied().map(person).collect();
        let language: Language = language.parse().unwrap();
        let found = directory.assign(category, language, &recused, &work(open), day(date));
        let found = found.map(|member| member.person.as_str());
        assert_eq!(
            found, expected,
            "{category:?} {language} {recused:?} {date}"
        );
    }
}

/// 27 November 2026 is a Friday.
#[test]
fn who_does_not_work_on_a_day_of_the_week_comes_after_those_who_do() {
    let mut part = member("ann", &["en"], &[], "");
    part.working_days = vec![chrono::Weekday::Mon, chrono::Weekday::Thu];
    let busy = [(person("bo"), 9)].into();
    let directory = Directory::new(vec![part.clone(), member("bo", &["en"], &[], "")]);
    let assigned = |directory: &Directory, date| {
        let nobody = BTreeSet::new();
        let found = directory.assign(None, Language::EN, &nobody, &busy, day(date));
        found.map(|member| member.person.to_string())
    };
    assert_eq!(assigned(&directory, "2026-11-26").as_deref(), Some("ann"));
    assert_eq!(assigned(&directory, "2026-11-27").as_deref(), Some("bo"));
    let alone = Directory::new(vec![part]);
    assert_eq!(
        assigned(&alone, "2026-11-27").as_deref(),
        Some("ann"),
        "nothing waits"
    );
}

proptest! {
    #[test]
    fn nobody_else_is_found_by_any_address(text in "[a-z.+]{1,8}@[a-z.]{1,14}|.{0,30}") {
        let directory = Directory::new(vec![member("li.na", &[], &[], "")]);
        let same = text.trim().eq_ignore_ascii_case("li.na@example.com");
        prop_assert_eq!(directory.by_address(&text).is_some(), same);
        let _ = directory.leading(&text);
    }

    #[test]
    fn assignment_never_names_who_is_away_or_recused(
        open in proptest::collection::vec(0usize..5, 6), away in 0usize..6, out in 0usize..6,
    ) {
        let members: Vec<Member> = (0..6)
            .map(|n| member(&format!("p{n}"), &[], &[], if n == away { "2026-12-01 2026-12-02" } else { "" }))
            .collect();
        let work = open.iter().enumerate().map(|(n, count)| (person(&format!("p{n}")), *count)).collect();
        let recused = BTreeSet::from([person(&format!("p{out}"))]);
        let directory = Directory::new(members);
        let found = directory.assign(None, Language::EN, &recused, &work, day("2026-12-01")).unwrap();
        let number: usize = found.person.as_str()[1..].parse().unwrap();
        prop_assert!(number != away && number != out);
        let least = (0..6).filter(|n| *n != away && *n != out).map(|n| open[n]).min().unwrap();
        prop_assert_eq!(open[number], least);
    }
}
