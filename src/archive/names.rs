//! File names that are safe on any system, whatever a sender called a file.

/// Longest name, in bytes, with its ending.
const LONGEST: usize = 100;

/// Endings of what is only looked at. Whatever else there is would run, or show a page that does.
const PASSIVE: &[&str] = &[
    "7z", "aac", "avi", "bmp", "csv", "doc", "docx", "eml", "gif", "gz", "heic", "heif", "ics",
    "jfif", "jpeg", "jpg", "json", "log", "m4a", "md", "mov", "mp3", "mp4", "msg", "odp", "ods",
    "odt", "ogg", "p7s", "pdf", "png", "ppt", "pptx", "rar", "rtf", "tar", "tif", "tiff", "txt",
    "vcf", "wav", "webm", "webp", "wps", "xls", "xlsx", "xml", "zip",
];

/// Names that Windows keeps for devices.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// Whether a file of this name is only looked at, and never run.
pub fn is_passive(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| is_passive_ending(ending))
}

fn is_passive_ending(ending: &str) -> bool {
    PASSIVE.contains(&ending.to_lowercase().as_str())
}

/// A name made safe: one component, visible, bounded, nobody's command and nobody's device. A file that a
/// double click could run ends in `.bin`.
pub fn safe_name(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '`' | '$' | '\'' => '_',
            c if c.is_control() || c.is_whitespace() => '_',
            // what turns or hides text: fdp\u{202e}exe.pdf
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => '_',
            c => c,
        })
        .collect();
    let kept = kept.trim_matches(['.', '_', ' ', '-', '~']);
    let (stem, ending) = match kept.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 12 => (stem, ending),
        Some(_) | None => (kept, ""),
    };
    let stem = &stem[..stem.floor_char_boundary(LONGEST - 18)];
    let stem = stem.trim_end_matches('.');
    let stem = if stem.is_empty() { "file" } else { stem };
    let lower = stem.split('.').next().unwrap_or("").to_lowercase();
    let numbered = ["com", "lpt"].iter().any(|port| {
        lower
            .strip_prefix(port)
            .is_some_and(|rest| rest.chars().count() == 1)
    });
    let before = if DEVICES.contains(&lower.as_str()) || numbered {
        "_"
    } else {
        ""
    };
    let passive = is_passive_ending(ending);
    match (ending, passive) {
        ("", _) => format!("{before}{stem}.bin"),
        (ending, true) => format!("{before}{stem}.{ending}"),
        (ending, false) => format!("{before}{stem}.{ending}.bin"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_visible_component_that_nothing_runs() {
        for (name, safe) in [
            ("照片.jpg", "照片.jpg"),
            ("Cup (1).JPG", "Cup_(1).JPG"),
            ("../../etc/passwd", "etc_passwd.bin"),
            ("..\\..\\a.pdf", "a.pdf"),
            ("C:\\x\\invoice.pdf", "C__x_invoice.pdf"),
            ("invoice.pdf.exe", "invoice.pdf.exe.bin"),
            ("page.html", "page.html.bin"),
            ("a.svg", "a.svg.bin"),
            ("fdp\u{202e}exe.pdf", "fdp_exe.pdf"),
            ("a\r\nb\0.txt", "a__b_.txt"),
            ("CON.txt", "_CON.txt"),
            ("lpt1.tar.gz", "_lpt1.tar.gz"),
            (".htaccess", "htaccess.bin"),
            ("-rf.txt", "rf.txt"),
            ("", "file.bin"),
            ("...", "file.bin"),
            ("a. ", "a.bin"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        let long = safe_name(&format!("{}.jpeg", "杯".repeat(500)));
        assert!(long.len() <= LONGEST && long.ends_with("杯.jpeg"), "{long}");
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_made_safe(name in "\\PC{0,200}|.{0,40}") {
            let safe = safe_name(&name);
            proptest::prop_assert!(!safe.is_empty() && safe.len() <= LONGEST + 5);
            proptest::prop_assert!(!safe.starts_with('.') && !safe.contains(['/', '\\', ':', '\0']));
            proptest::prop_assert!(!safe.chars().any(char::is_control));
        }
    }
}
