use super::*;
use crate::letter::{Composer, Sender, ToCustomer};

fn with(files: &[(&str, &str)]) -> Result<Letters, TemplateError> {
    let own = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Letters::new(own.collect())
}

fn composer(letters: Letters) -> Composer {
    let sender = Sender {
        name_en: "A <b> & C".into(),
        name_zh: "甲乙".into(),
        phone: None,
        website: None,
        time_zone: chrono_tz::Europe::Paris,
        signed_return_path: false,
    };
    Composer::new(letters, sender, None)
}

/// The built-in letters as a language of another name, with some files changed or taken away.
fn as_language(
    name: &str,
    change: impl Fn(&str, &str) -> Option<String>,
) -> BTreeMap<String, String> {
    built_in()
        .filter_map(|(file, text)| {
            let file = file.strip_prefix("en/")?;
            let text = text.replace("\"en/layout", &format!("\"{name}/layout"));
            Some((format!("{name}/{file}"), change(file, &text)?))
        })
        .collect()
}

/// Each mistake is found at start, and told with its place.
#[test]
fn a_template_that_is_wrong_is_named_with_its_line() {
    let whole =
        "{% extends \"en/layout.txt\" %}\n{% block title %}x{% endblock %}\n{% block letter %}\n";
    let rows: [(&str, String, &str); 21] = [
        (
            "en/acknowledgement/body.txt",
            "a\n{{ refrence }}".into(),
            "en/acknowledgement/body.txt, line 2: there is no variable `refrence`; there are: reference, ",
        ),
        (
            "en/closed/body.html",
            format!("{whole}{{% if close_reason_code == \"x\" %}}\n{{{{ nonsense }}}}\n{{% endif %}}{{% endblock %}}"),
            "en/closed/body.html, line 5: there is no variable `nonsense`",
        ),
        (
            "en/acknowledgement/body.txt",
            "\n{% if %}".into(),
            "en/acknowledgement/body.txt, line 2: syntax error",
        ),
        (
            "zh/update/body.txt",
            "{{ reference }} {{ words|paragraphs }}\nby {{ resolve_by }}.".into(),
            "zh/update/body.txt, line 1: invalid operation: this value isn't there in every letter: put {% if",
        ),
        (
            "zh/update/body.html",
            "{{ reference }}\n{% if words %}{{ words|paragraphs }}{% endif %}\n{{ have }}".into(),
            "zh/update/body.html, line 3: invalid operation: this value is no text",
        ),
        (
            "en/layout.txt",
            "{{ reference }}\n\n{% block letter %}{% endblock %}\n{{ phone }}".into(),
            "en/layout.txt, line 4: invalid operation: this value isn't there in every letter",
        ),
        (
            "en/outcome/body.html",
            "{% extends \"en/layuot.html\" %}".into(),
            "en/outcome/body.html, line 1: template not found",
        ),
        (
            "en/outcome/body.html",
            "{{ reference|safe }}".into(),
            "en/outcome/body.html, line 1: unknown filter",
        ),
        (
            "en/acknowledgement/body.txt",
            "Hello".into(),
            "en/acknowledgement/body.txt: the case reference is missing",
        ),
        (
            "zh/acknowledgement/body.html",
            "<p>Hello".into(),
            "zh/acknowledgement/body.html: the case reference is missing",
        ),
        (
            "zh/subject.txt",
            "投诉".into(),
            "zh/subject.txt: the case reference is missing",
        ),
        (
            "zh/acknowledgement/subject.txt",
            "a\nb {{ reference }}".into(),
            "zh/acknowledgement/subject.txt: the subject must be one line",
        ),
        (
            "en/update/subject.txt",
            format!("{{{{ reference }}}} {}", "x".repeat(150)),
            "en/update/subject.txt: the subject is longer than 150",
        ),
        ("en/subject.txt", "  \n".into(), "must be one line of text"),
        (
            "en/outcome/body.txt",
            "{{ reference }} {% if words %}{{ words }}{% endif %}".into(),
            "en/outcome/body.txt: the further rights are missing (§5.2)",
        ),
        (
            "en/extension/body.html",
            "{{ reference }} {% for right in rights %}{% if loop.first %}{{ right }}{% endif %}{% endfor %}".into(),
            "en/extension/body.html: the further rights are missing",
        ),
        (
            "en/mediation_outcome/body.txt",
            "{{ reference }} {% if rights %}{{ rights|paragraphs }}{% endif %}".into(),
            "en/mediation_outcome/body.txt: what a member of staff wrote is missing",
        ),
        (
            "en/extension/body.txt",
            format!("{whole}{{{{ rights|paragraphs }}}}{{% if words %}}{{{{ words }}}}{{% endif %}}{{% endblock %}}"),
            "en/extension/body.txt: the new date is missing",
        ),
        (
            "en/satisfaction_question/body.html",
            "{{ reference }} <a href=\"{{ yes_link }}\">yes</a>".into(),
            "en/satisfaction_question/body.html: write <a href=\"{{ no_link }}\">",
        ),
        (
            "zh/satisfaction_reminder/body.txt",
            "{{ reference }} {{ yes }}".into(),
            "zh/satisfaction_reminder/body.txt: write {{ no }}",
        ),
        (
            "en/words.toml",
            include_str!("../../config/letters/en/words.toml").replace("{weekday} {day}", "{weekdya} {day}"),
            "en/words.toml, line 34: `{weekdya}` is no part of a date here; there are: {weekday} {day} {month} {year}",
        ),
    ];
    for (name, text, expected) in rows {
        let error = with(&[(name, &text)]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\nlacks: {expected}");
    }
}

#[test]
fn a_words_file_is_checked_too() {
    let words = include_str!("../../config/letters/en/words.toml");
    for (from, to, expected) in [
        ("no = \"No\"", "no = \"Not me\"", "`no` must be one word"),
        ("rejected = ", "reject = ", "unknown variant `reject`"),
        ("ruling = ", "# ruling = ", "[close_reasons] lacks `ruling`"),
        ("\"Monday\", ", "", "line 36: invalid length 6"),
        ("[answers]", "[answers", "line 4: "),
    ] {
        let text = words.replacen(from, to, 1);
        let error = with(&[("en/words.toml", &text)]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\nlacks: {expected}");
        assert!(
            error.starts_with("letter template en/words.toml, line "),
            "{error}"
        );
    }
}

#[test]
fn a_file_of_an_unknown_name_is_told_what_there_is() {
    for (name, expected) in [
        (
            "en/outcome/body.htm",
            "a letter is subject.txt, body.txt, body.html",
        ),
        (
            "en/outcomes/body.txt",
            "the letters are acknowledgement, particulars_request",
        ),
        ("en/footer.txt", "only folders of letters"),
        ("english/outcome/body.txt", "'english' is no language"),
        (
            "EN/outcome/body.txt",
            "'EN' is no language; one is two or three small letters",
        ),
        ("../en/outcome/body.txt", "only folders of letters"),
        ("body.txt", "only folders of letters"),
    ] {
        let error = with(&[(name, "x")]).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(name), "{error}");
    }
}

#[test]
fn a_companys_own_text_replaces_the_built_in_one() {
    let letters = with(&[
        ("en/reopened/subject.txt", "Again {{ reference }}\n"),
        (
            "en/reopened/body.html",
            "<b title='{{ company }}'>{{ reference }}</b>",
        ),
    ])
    .unwrap();
    assert!(letters.is_own(Letter::Reopened, Language::EN));
    assert!(!letters.is_own(Letter::Reopened, Language::ZH));
    let composer = composer(letters);
    let read = |letter, language| {
        let matter = composer.sample(letter, language).unwrap();
        composer.read(&ToCustomer::example(letter, matter)).unwrap()
    };
    let own = read(Letter::Reopened, Language::EN);
    assert_eq!(own.subject, "Again C-2026-000017-9");
    assert_eq!(
        own.html,
        "<b title='A &lt;b&gt; &amp; C'>C-2026-000017-9</b>"
    );
    assert!(own.plain.contains("\nA <b> & C\n"), "{}", own.plain);
    assert_eq!(
        read(Letter::Closed, Language::EN).subject,
        "Your complaint C-2026-000017-9"
    );
    assert_eq!(
        read(Letter::Reopened, Language::ZH).subject,
        "您的投诉 C-2026-000017-9"
    );
}

#[test]
fn a_language_is_added_by_a_folder_and_writes_dates_so_that_anybody_reads_them() {
    let own = as_language("fr", |file, text| {
        Some(match file {
            // without a date style of its own, and without a sample
            "words.toml" => text.split("# How dates").next().unwrap().to_owned(),
            _ => text.to_owned(),
        })
    });
    let letters = Letters::new(own).unwrap();
    let french: Language = "fr".parse().unwrap();
    assert_eq!(letters.languages(), [Language::EN, Language::ZH, french]);
    assert_eq!(letters.answers(french).unwrap().yes, "Yes");
    let composer = composer(letters);
    let matter = composer
        .sample(Letter::SatisfactionQuestion, french)
        .unwrap();
    let text = composer
        .read(&ToCustomer::example(Letter::SatisfactionQuestion, matter))
        .unwrap();
    assert!(text.html.contains("<html lang=\"fr\" dir=\"ltr\">"));
    assert!(
        text.plain
            .contains("received on 2026-11-24 07:00 UTC+01:00"),
        "{}",
        text.plain
    );
    assert!(
        text.plain.contains("by 2026-12-02 11:00 UTC+01:00"),
        "{}",
        text.plain
    );
}

#[test]
fn a_language_that_lacks_letters_is_refused_with_what_is_missing() {
    let own = as_language("fr", |file, text| {
        let kept = !matches!(file, "words.toml" | "closed/body.txt");
        kept.then(|| text.to_owned())
    });
    let error = Letters::new(own).unwrap_err().to_string();
    assert_eq!(
        error,
        "letters in fr aren't complete: fr/words.toml, fr/closed/body.txt are missing: write what is missing, or take the folder away"
    );
    let error = with(&[("de/outcome/body.txt", "x")])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("de/subject.txt") && error.contains("de/reopened/body.html"),
        "{error}"
    );
}

#[test]
fn a_letter_in_a_language_that_was_taken_away_is_still_written() {
    let composer = composer(with(&[]).unwrap());
    for (tag, lang) in [("fr", "en"), ("zh-hant", "zh-Hans"), ("en-gb", "en")] {
        let mut matter = composer.sample(Letter::Outcome, Language::EN).unwrap();
        matter.language = tag.parse().unwrap();
        let text = composer
            .read(&ToCustomer::example(Letter::Outcome, matter))
            .unwrap();
        let expected = format!("<html lang=\"{lang}\"");
        assert!(text.html.contains(&expected), "{tag}: {}", text.html);
    }
}

#[test]
fn every_built_in_file_is_in_the_program_and_no_other() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/letters");
    let mut names = BTreeSet::new();
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.insert(path.strip_prefix(&folder).unwrap().display().to_string());
            }
        }
    }
    names.remove("README.md");
    let known: BTreeSet<String> = built_in().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names, known);
}

#[test]
fn a_line_of_one_tag_leaves_nothing_behind() {
    for (template, expected) in [
        ("a\n{% if phone %}\nb\n{% endif %}\nc\n", "a\nb\nc"),
        ("a {% if phone %}b{% endif %}\nc", "a b\nc"),
        ("  {# note #}\na", "a"),
        ("{% block x %}{% endblock %}\na", "\na"),
        ("{%- if phone -%}\n b\n{%- endif %}\nc", "b\nc"),
        (
            "{% for c in phone|list %}\n- {{ c }}\n{% endfor %}\nz",
            "- 4\n- 2\nz",
        ),
    ] {
        let mut templates = Environment::new();
        templates
            .add_template_owned("x.txt", without_tag_lines(template))
            .unwrap();
        let rendered = templates
            .get_template("x.txt")
            .unwrap()
            .render(minijinja::context! { phone => "42" })
            .unwrap();
        assert_eq!(rendered, expected, "{template:?}");
    }
}
