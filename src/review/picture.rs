//! Charts as PNG, for mail.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb::Database};
use std::sync::Arc;

use super::chart::Chart;

/// Pixels for each pixel of CSS: sharp on a phone.
const SCALE: f32 = 2.0;

/// Letters to draw with.
#[derive(Debug, Clone, Default)]
pub struct Fonts {
    pub database: Arc<Database>,
    /// Families of Latin and of Chinese letters; none where the machine has no such font.
    pub latin: Option<String>,
    pub chinese: Option<String>,
}

/// A picture that can't be drawn: a mistake in Redress.
#[derive(Debug, thiserror::Error)]
pub enum NoPicture {
    #[error("chart '{name}' is no SVG that can be drawn: {error}")]
    Svg { name: String, error: String },
    #[error("chart '{name}' can't be written as PNG: {error}")]
    Png { name: String, error: String },
}

impl Fonts {
    /// The families to write with, the best first: a Chinese font has Latin letters too.
    pub fn families(&self, chinese: bool) -> String {
        let first = if chinese { &self.chinese } else { &None };
        let families: Vec<String> = [first, &self.latin, &self.chinese]
            .into_iter()
            .flatten()
            .map(|family| format!("'{}'", family.replace('\'', "")))
            .collect();
        families.join(", ")
    }
}

/// A chart as PNG, drawn with these fonts.
pub fn png(chart: &Chart, fonts: &Fonts, chinese: bool) -> Result<Vec<u8>, NoPicture> {
    let name = || chart.name.clone();
    let options = Options {
        fontdb: fonts.database.clone(),
        font_family: fonts
            .latin
            .clone()
            .or(fonts.chinese.clone())
            .unwrap_or_default(),
        ..Options::default()
    };
    let svg = chart.svg(&fonts.families(chinese));
    let tree = Tree::from_str(&svg, &options).map_err(|error| NoPicture::Svg {
        name: name(),
        error: error.to_string(),
    })?;
    let size = tree.size().to_int_size();
    let scaled = |length: u32| (length as f32 * SCALE).ceil() as u32;
    let mut pixels =
        Pixmap::new(scaled(size.width()), scaled(size.height())).ok_or_else(|| NoPicture::Png {
            name: name(),
            error: "it has no size".to_owned(),
        })?;
    pixels.fill(resvg::tiny_skia::Color::WHITE);
    resvg::render(
        &tree,
        Transform::from_scale(SCALE, SCALE),
        &mut pixels.as_mut(),
    );
    pixels.encode_png().map_err(|error| NoPicture::Png {
        name: name(),
        error: error.to_string(),
    })
}
