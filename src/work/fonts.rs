//! Fonts of this machine that charts are drawn with: one for Latin letters, one for Chinese.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use resvg::usvg::fontdb::{Database, ID, Source};
use skrifa::{FontRef, MetadataProvider};

use crate::review::picture::Fonts;

/// Where fonts lie (fontconfig's own folders).
const FOLDERS: [&str; 3] = [
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/X11/fonts",
];

/// Files of good fonts for Latin letters and for Chinese, the best first. Debian has them in fonts-dejavu-core,
/// fonts-liberation, fonts-noto-core; fonts-noto-cjk, fonts-wqy-microhei, fonts-wqy-zenhei, fonts-droid-fallback.
const LATIN: [&str; 5] = [
    "DejaVuSans.ttf",
    "LiberationSans-Regular.ttf",
    "NotoSans-Regular.ttf",
    "Arimo-Regular.ttf",
    "FreeSans.ttf",
];
const CHINESE: [&str; 7] = [
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
];
/// A bold one for titles, beside the first.
const BOLD: [&str; 3] = [
    "DejaVuSans-Bold.ttf",
    "LiberationSans-Bold.ttf",
    "NotoSans-Bold.ttf",
];

/// Most files looked at: a folder of fonts that is a maze must not hold up a review.
const MOST_FILES: usize = 20_000;

/// What there is. Reads files of some megabytes, which nobody keeps.
pub fn fonts() -> Fonts {
    find(&FOLDERS.map(PathBuf::from))
}

/// What is missing, and what to do; `None` where charts can be drawn in any language.
pub fn missing(fonts: &Fonts) -> Option<&'static str> {
    match (&fonts.latin, &fonts.chinese) {
        (_, Some(_)) => None,
        (Some(_), None) => Some(
            "no Chinese font was found: charts of reviews are labelled in English; install fonts-wqy-microhei or fonts-noto-cjk",
        ),
        (None, None) => Some(
            "no font was found: reviews are mailed without charts; install fonts-dejavu-core, and fonts-wqy-microhei for Chinese",
        ),
    }
}

fn find(folders: &[PathBuf]) -> Fonts {
    let mut files = Vec::new();
    for folder in folders {
        walk(folder, &mut files, 8);
    }
    files.sort();
    let best = |names: &[&str]| {
        let mut names = names.iter();
        names.find_map(|name| {
            files
                .iter()
                .find(|file| file.file_name().is_some_and(|one| one == *name))
        })
    };
    let mut database = Database::new();
    let latin = best(&LATIN).and_then(|file| load(&mut database, file, 'a'));
    if let Some(bold) = best(&BOLD) {
        load(&mut database, bold, 'a');
    }
    let chinese = best(&CHINESE).and_then(|file| load(&mut database, file, '诉'));
    let latin = latin.or_else(|| any(&mut database, &files, 'a', chinese.is_some()));
    let chinese = chinese.or_else(|| any(&mut database, &files, '诉', false));
    Fonts {
        database: Arc::new(database),
        latin,
        chinese,
    }
}

/// Any font that has a character, where none of the known ones is there.
fn any(database: &mut Database, files: &[PathBuf], c: char, enough: bool) -> Option<String> {
    if enough {
        return None;
    }
    files.iter().find_map(|file| load(database, file, c))
}

/// Loads a file; the family of it that has a character, the Simplified Chinese one where there are several. A
/// file without it isn't kept.
fn load(database: &mut Database, file: &Path, c: char) -> Option<String> {
    let source = Source::Binary(Arc::new(std::fs::read(file).ok()?));
    let mut own = Database::new();
    own.load_font_source(source.clone());
    let mut faces: Vec<(ID, String)> = own
        .faces()
        .filter_map(|face| Some((face.id, face.families.first()?.0.clone())))
        .collect();
    faces.sort_by_key(|(_, family)| !family.ends_with("SC"));
    let found = faces.into_iter().find(|(id, _)| has(&own, *id, c));
    let (_, family) = found?;
    database.load_font_source(source);
    Some(family)
}

fn has(database: &Database, id: ID, c: char) -> bool {
    let found = database.with_face_data(id, |data, index| {
        let font = FontRef::from_index(data, index).ok()?;
        font.charmap().map(c)
    });
    found.flatten().is_some()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>, depth: u8) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if files.len() >= MOST_FILES {
            return;
        }
        if path.is_dir() {
            if depth > 0 {
                walk(&path, files, depth - 1);
            }
        } else if path
            .extension()
            .is_some_and(|one| one == "ttf" || one == "ttc" || one == "otf")
        {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::chart::{Chart, Kind};
    use crate::review::picture::png;

    #[test]
    fn a_machine_without_fonts_has_none() {
        let empty = tempfile::tempdir().unwrap();
        let fonts = find(&[empty.path().to_owned()]);
        assert_eq!((fonts.latin, fonts.chinese), (None, None));
    }

    /// A letter that no font has is left out, and both charts would be the same.
    #[test]
    fn chinese_labels_are_drawn_where_there_is_a_font() {
        let fonts = fonts();
        if fonts.chinese.is_none() {
            return;
        }
        let draw = |title: &str| {
            let chart = Chart {
                name: "x".into(),
                title: title.into(),
                about: String::new(),
                kind: Kind::Bars(vec![]),
            };
            png(&chart, &fonts, true).unwrap()
        };
        assert_ne!(draw("投诉"), draw("原因"));
    }

    #[test]
    fn a_file_that_is_no_font_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("DejaVuSans.ttf"), "no font").unwrap();
        assert_eq!(find(&[folder.path().to_owned()]).latin, None);
    }
}
