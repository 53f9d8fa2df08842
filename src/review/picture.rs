//! Charts as PNG, for mail.

use png::{BitDepth, ColorType, Encoder, EncodingError, Filter};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb::Database};
use std::collections::HashMap;
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
    written(&pixels).map_err(|error| NoPicture::Png {
        name: name(),
        error: error.to_string(),
    })
}

/// Nothing shines through. Charts have few colours, so that a table of them makes a picture small and quickly written.
fn written(pixels: &Pixmap) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_filter(Filter::NoFilter);
    let (pixels, _) = pixels.data().as_chunks::<4>();
    let data = match table(pixels) {
        Some((colours, places)) => {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(colours.into_flattened());
            places
        }
        None => {
            encoder.set_color(ColorType::Rgb);
            pixels
                .iter()
                .flat_map(|[r, g, b, _]| [*r, *g, *b])
                .collect()
        }
    };
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&data)?;
    writer.finish()?;
    Ok(bytes)
}

/// The colours, and each pixel's place among them; `None` where there are more than a table holds.
fn table(pixels: &[[u8; 4]]) -> Option<(Vec<[u8; 3]>, Vec<u8>)> {
    let mut colours = Vec::new();
    let mut known: HashMap<[u8; 4], u8> = HashMap::new();
    let mut places = Vec::with_capacity(pixels.len());
    for run in pixels.chunk_by(|one, next| one == next) {
        let colour = run.first()?;
        let place = match known.get(colour) {
            Some(place) => *place,
            None => {
                let place = u8::try_from(colours.len()).ok()?;
                let [r, g, b, _] = *colour;
                colours.push([r, g, b]);
                known.insert(*colour, place);
                place
            }
        };
        places.resize(places.len() + run.len(), place);
    }
    Some((colours, places))
}

#[cfg(test)]
mod tests {
    use resvg::tiny_skia::Color;

    use super::*;

    /// What a mail client sees in it: width, height, and red, green and blue of each pixel.
    fn seen(png: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.color_type, ColorType::Rgb);
        (info.width, info.height, pixels)
    }

    fn picture(width: u32, height: u32, of: impl Fn(u32) -> [u8; 3]) -> (Pixmap, Vec<u8>) {
        let mut pixels = Pixmap::new(width, height).unwrap();
        pixels.fill(Color::WHITE);
        let (all, _) = pixels.data_mut().as_chunks_mut::<4>();
        for (at, pixel) in (0..).zip(all.iter_mut()) {
            let [r, g, b] = of(at);
            *pixel = [r, g, b, 255];
        }
        (pixels, (0..width * height).flat_map(of).collect())
    }

    #[test]
    fn pictures_of_few_and_of_many_colours_are_seen_as_they_were_drawn() {
        for colours in [1, 256, 257, 900] {
            let (drawn, expected) = picture(30, 30, |at| {
                let colour = at % colours;
                [(colour % 256) as u8, (colour / 256) as u8, 7]
            });
            let png = written(&drawn).unwrap();
            assert_eq!(seen(&png), (30, 30, expected), "{colours} colours");
        }
    }
}
