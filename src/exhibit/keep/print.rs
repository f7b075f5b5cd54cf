//! A print: a picture to keep, with the words and settings that made it inside the file.

use std::path::PathBuf;

use bridge::{Generation, SchedulerKind};
use png::{BitDepth, ColorType, Encoder, EncodingError, SrgbRenderingIntent};

const TITLE: &str = "Title";
const SEED: &str = "Seed";
/// Longer prompts are cut: a file name has at most 255 bytes, and a letter up to 4.
const MOST_LETTERS: usize = 48;

/// What is written into the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Print {
    pub width: u32,
    pub height: u32,
    /// [height, width, 3], sRGB-coded.
    pub rgb: Vec<u8>,
    /// Keywords (at most 79 letters of Latin-1) and texts, as [`words`] makes them.
    pub words: Vec<(String, String)>,
}

/// The print as a PNG with an iTXt chunk for each of its words.
///
/// # Errors
/// Pixels that do not fill width × height, and keywords that PNG does not allow.
pub fn png(picture: &Print) -> Result<Vec<u8>, PrintError> {
    let Print { width, height, ref rgb, .. } = *picture;
    let expected = (u64::from(width) * u64::from(height)).saturating_mul(3);
    if rgb.len() as u64 != expected {
        return Err(PrintError::Pixels { width, height, expected, bytes: rgb.len() });
    }
    encoded(picture).map_err(|why| PrintError::Encode { why: why.to_string() })
}

fn encoded(picture: &Print) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, picture.width, picture.height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    for (keyword, text) in &picture.words {
        encoder.add_itxt_chunk(keyword.clone(), text.clone())?;
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.rgb)?;
    writer.finish()?;
    Ok(bytes)
}

/// The keywords and texts of a print. Of a generation with every choice filled in, as `RunStarted` has it, they say everything.
pub fn words(generation: &Generation, model: &str, link: &str) -> Vec<(String, String)> {
    let description = format!("Painted by {model}, a Stable Diffusion model, from the words of the title.");
    let words = [
        (TITLE, generation.prompt.clone()),
        ("Description", description),
        ("Software", concat!("Latentarium ", env!("CARGO_PKG_VERSION")).to_string()),
        (SEED, generation.seed.to_string()),
        ("parameters", parameters(generation, model)),
        ("Latentarium link", link.to_string()),
    ];
    words.map(|(keyword, text)| (keyword.to_string(), text)).into()
}

/// `latentarium-<seed>-<prompt>`: the first words of the prompt, as the print's own words have them.
pub(super) fn file_stem(print: &Print) -> String {
    let word = |keyword: &str| print.words.iter().find(|(known, _)| known == keyword).map(|(_, text)| slug(text));
    let parts = [Some("latentarium".to_string()), word(SEED), word(TITLE)];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// `a-boat-at-dusk`: letters and digits of any script.
fn slug(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-").to_lowercase();
    slug.chars().take(MOST_LETTERS).collect::<String>().trim_end_matches('-').to_string()
}

/// The form that AUTOMATIC1111's stable-diffusion-webui writes and other tools read.
fn parameters(generation: &Generation, model: &str) -> String {
    let size = generation.width.zip(generation.height).map(|(width, height)| format!("{width}x{height}"));
    let settings = [
        ("Steps", generation.num_inference_steps.map(|steps| steps.to_string())),
        ("Sampler", generation.scheduler.map(|scheduler| sampler(scheduler).to_string())),
        ("CFG scale", generation.guidance_scale.map(|scale| scale.to_string())),
        ("Seed", Some(generation.seed.to_string())),
        ("Size", size),
        ("Model", Some(quoted(model))),
    ];
    let settings = settings.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}", value?)));
    let settings = settings.collect::<Vec<_>>().join(", ");
    let negative = match generation.negative_prompt.as_str() {
        "" => String::new(),
        negative => format!("Negative prompt: {negative}\n"),
    };
    format!("{}\n{negative}{settings}", generation.prompt)
}

/// A scheduler as other tools call it.
fn sampler(scheduler: SchedulerKind) -> &'static str {
    match scheduler {
        SchedulerKind::Ddpm => "DDPM",
        SchedulerKind::Ddim => "DDIM",
        // PNDM without its Runge-Kutta steps.
        SchedulerKind::Pndm => "PLMS",
        SchedulerKind::Euler => "Euler",
        SchedulerKind::EulerAncestral => "Euler a",
        SchedulerKind::DpmPlusPlus2M => "DPM++ 2M",
        SchedulerKind::DpmPlusPlus2MKarras => "DPM++ 2M Karras",
        SchedulerKind::UniPc => "UniPC",
        SchedulerKind::Lcm => "LCM",
    }
}

/// In quotation marks where other tools would take a part of it for the next setting.
fn quoted(value: &str) -> String {
    match value.contains([',', ':', '\n']) {
        true => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")),
        false => value.to_string(),
    }
}

/// A picture that could not be kept.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PrintError {
    #[error("a picture of {width}×{height} pixels has {expected} bytes of red, green and blue, but {bytes} were given")]
    Pixels { width: u32, height: u32, expected: u64, bytes: usize },
    #[error("the picture could not be made a PNG: {why}")]
    Encode { why: String },
    #[error("{} could not be written: {why}; choose a folder that can be written to and has space", .path.display())]
    Write { path: PathBuf, why: String },
}
