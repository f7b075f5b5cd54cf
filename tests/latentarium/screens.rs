//! What the hall looks like: every stop is compared with a picture of it that was looked at and found right.
//!
//! After a wanted change, take the pictures in `screens/` anew, and look at each before it is kept:
//! `LATENTARIUM_RENEW_SCREENS=1 cargo test --workspace --test latentarium screens`.

use std::path::{Path, PathBuf};

use bridge::{DeviceChoice, Generation};
use exhibit::{HallSettings, Shot, Stop, snapshot};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{Rgb, RgbImage};

use crate::folder;

const RENEW: &str = "LATENTARIUM_RENEW_SCREENS";
const PROMPT: &str = "an oil painting of a red boat on the sea at sunset";
const PROMPT_BESIDE: &str = "an oil painting of a red boat on the sea at night";
const STEPS: usize = 6;
const MIDDLE: Option<usize> = Some(STEPS / 2);
const END: Option<usize> = None;

/// Pixels of a picture, and of a tile of it: a tile is about as large as a short label.
const SIZE: [u32; 2] = [480, 270];
const TILE: [u32; 2] = [20, 18];
/// Other sampling at the edges, as another driver may have it, leaves more than 0.97 of the whole and 0.85 of every tile; the smallest
/// label, 3 pixels off, leaves less than 0.8 of a tile.
const LEAST_OF_ALL: f32 = 0.96;
const LEAST_OF_TILE: f32 = 0.8;

#[test]
fn every_stop_looks_as_it_did() {
    // When the run is over, what has been computed no longer depends on how long it took to get there.
    let at_end = ["picture", "decoder"].map(|stop| (stop, END));
    let in_middle = Stop::NAMES.map(|stop| (stop, MIDDLE));
    check("alone", None, &[&at_end[..], &in_middle[..]].concat());
}

#[test]
fn two_runs_look_as_they_did() {
    let in_middle = ["hall", "unet", "unet.up.0", "guidance", "scheduler", "map"].map(|stop| (stop, MIDDLE));
    check("twins", Some(generation(PROMPT_BESIDE)), &[&[("picture", END)], &in_middle[..]].concat());
}

#[test]
fn what_is_moved_or_missing_is_noticed() {
    if is_renewing() {
        return;
    }
    let picture = opened(&reference("alone-unet-3.png")).unwrap();
    assert_eq!(complaint(&picture, &picture), None);
    // Another driver rounds otherwise.
    let rounded = RgbImage::from_fn(SIZE[0], SIZE[1], |x, y| {
        Rgb(picture.get_pixel(x, y).0.map(|level| level.saturating_add_signed(((7 * x + 5 * y) % 3) as i8 - 1)))
    });
    assert_eq!(complaint(&rounded, &picture), None);

    for by in [2, 6] {
        assert_ne!(complaint(&moved(&picture, [0, 0, SIZE[0], SIZE[1]], by), &picture), None, "all moved by {by}");
    }
    // What only reaches into a tile with its edge stands in the middle of another.
    let halves = |[left, top, width, height]: [u32; 4]| [top, top + height / 2].map(|top| [left, top, width, height / 2]);
    let is_telling = |tile: &[u32; 4]| halves(*tile).into_iter().all(|half| contrast(&picture, half) > 20.0);
    let mut telling: Vec<[u32; 4]> = tiles().filter(is_telling).collect();
    assert!(telling.len() > 20, "there is hardly anything to be seen in {telling:?}");
    telling.sort_by(|&one, &other| contrast(&picture, other).total_cmp(&contrast(&picture, one)));
    assert_ne!(complaint(&moved(&picture, telling[0], 4), &picture), None, "moved in {:?}", telling[0]);
    for &tile in telling.iter().step_by(telling.len() / 24) {
        let mut missing = picture.clone();
        paint(&mut missing, tile, ground(&picture, tile));
        assert_ne!(complaint(&missing, &picture), None, "missing in {tile:?}");
    }
}

fn generation(prompt: &str) -> Generation {
    Generation { num_inference_steps: Some(STEPS), ..Generation::of(prompt) }
}

/// Loads the model once, pictures all stops, and compares each with its reference, or makes it the reference.
fn check(visit: &str, beside: Option<Generation>, stops: &[(&str, Option<usize>)]) {
    let out = folder(&format!("screens-{visit}"));
    let shot = |&(stop, step): &(&str, Option<usize>)| {
        let moment = step.map_or("end".into(), |step| step.to_string());
        Shot { stop: Some(stop.into()), step, size: SIZE, output: out.join(format!("{visit}-{stop}-{moment}.png")), film: None }
    };
    let shots: Vec<Shot> = stops.iter().map(shot).collect();
    let settings = HallSettings {
        model: concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/builtin").into(),
        // The same numbers wherever the hall is drawn.
        device: DeviceChoice::Cpu,
        generation: generation(PROMPT),
        beside,
        ..HallSettings::default()
    };
    snapshot(&settings, &shots, &mut |_| {}).unwrap_or_else(|why| panic!("{why}"));
    let complaints: Vec<String> = shots.iter().filter_map(compare).collect();
    assert!(
        complaints.is_empty(),
        "{}\nIf the hall is meant to look like that: {RENEW}=1 cargo test --workspace --test latentarium screens",
        complaints.join("\n")
    );
}

/// What is wrong with a picture.
fn compare(shot: &Shot) -> Option<String> {
    let name = shot.output.file_name().and_then(|name| name.to_str()).unwrap();
    let mut actual = opened(&shot.output).unwrap();
    if is_renewing() {
        write(&actual, &reference(name));
        return None;
    }
    let mut expected = match opened(&reference(name)) {
        Ok(expected) => expected,
        Err(why) => return Some(format!("{}: {why}", reference(name).display())),
    };
    if let Some(area) = varying(shot) {
        paint(&mut actual, area, BLACK);
        paint(&mut expected, area, BLACK);
    }
    let complaint = complaint(&actual, &expected)?;
    Some(format!("{name} {complaint}\n  now: {}\n  before: {}", shot.output.display(), reference(name).display()))
}

/// Where a picture names the device, or the seconds that the run took: left, top, width and height in pixels.
fn varying(shot: &Shot) -> Option<[u32; 4]> {
    match (shot.stop.as_deref()?, shot.step) {
        ("hall", _) => Some([50, 32, 320, 10]),
        ("picture", None) => Some([162, 174, 156, 24]),
        // There it is read from the side.
        ("decoder", None) => Some([436, 154, 44, 32]),
        _ => None,
    }
}

fn is_renewing() -> bool {
    std::env::var_os(RENEW).is_some()
}

fn reference(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/latentarium/screens")).join(name)
}

fn opened(path: &Path) -> image::ImageResult<RgbImage> {
    Ok(image::open(path)?.to_rgb8())
}

fn write(picture: &RgbImage, path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::fs::File::create(path).unwrap();
    picture.write_with_encoder(PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::Adaptive)).unwrap();
}

/// Why two pictures are not taken for the same.
fn complaint(actual: &RgbImage, expected: &RgbImage) -> Option<String> {
    if actual.dimensions() != expected.dimensions() {
        return Some(format!("has {:?} pixels, not {:?}", actual.dimensions(), expected.dimensions()));
    }
    let maps: [Vec<f32>; 3] = std::array::from_fn(|channel| ssim(actual, expected, channel));
    // A change of colour shows in one channel more than in the others.
    let likeness = |tile| maps.iter().map(|map| mean(map, tile)).fold(1.0, f32::min);
    let all = likeness([0, 0, SIZE[0], SIZE[1]]);
    let (tile, worst) = tiles().map(|tile| (tile, likeness(tile))).min_by(|one, other| one.1.total_cmp(&other.1))?;
    let [left, top, ..] = tile;
    (all < LEAST_OF_ALL || worst < LEAST_OF_TILE).then(|| {
        format!(
            "has an SSIM of {all:.3} (at least {LEAST_OF_ALL}), around x {left}, y {top} of {worst:.3} (at least {LEAST_OF_TILE})"
        )
    })
}

/// The whole picture, in tiles of left, top, width and height, each of which covers half of the next.
fn tiles() -> impl Iterator<Item = [u32; 4]> {
    let [width, height] = TILE;
    let row = move |top| (0..=SIZE[0] - width).step_by(width as usize / 2).map(move |left| [left, top, width, height]);
    (0..=SIZE[1] - height).step_by(height as usize / 2).flat_map(row)
}

fn mean(map: &[f32], [left, top, width, height]: [u32; 4]) -> f32 {
    let row = |y: u32| &map[(y * SIZE[0] + left) as usize..][..width as usize];
    (top..top + height).flat_map(row).sum::<f32>() / (width * height) as f32
}

/// Structural similarity around every pixel, −1..1, of one channel.
///
/// Wang et al. 2004, eq. 13: SSIM = (2 μx μy + C₁)(2 σxy + C₂) / ((μx² + μy² + C₁)(σx² + σy² + C₂)), with a Gaussian window.
fn ssim(one: &RgbImage, other: &RgbImage, channel: usize) -> Vec<f32> {
    const C1: f32 = (0.01 * 255.0) * (0.01 * 255.0);
    const C2: f32 = (0.03 * 255.0) * (0.03 * 255.0);
    let levels = |picture: &RgbImage| -> Vec<f32> { picture.pixels().map(|pixel| f32::from(pixel.0[channel])).collect() };
    let (x, y) = (levels(one), levels(other));
    let blurred_product = |a: &[f32], b: &[f32]| blurred(&a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<_>>());
    let (mean_x, mean_y) = (blurred(&x), blurred(&y));
    let (xx, yy, xy) = (blurred_product(&x, &x), blurred_product(&y, &y), blurred_product(&x, &y));
    let at = |pixel: usize| {
        let (mx, my) = (mean_x[pixel], mean_y[pixel]);
        let (variance_x, variance_y, covariance) = (xx[pixel] - mx * mx, yy[pixel] - my * my, xy[pixel] - mx * my);
        (2.0 * mx * my + C1) * (2.0 * covariance + C2) / ((mx * mx + my * my + C1) * (variance_x + variance_y + C2))
    };
    (0..x.len()).map(at).collect()
}

/// Means under the paper's window, a Gaussian of 11 × 11 pixels with σ = 1.5. At the border the outermost pixels go on.
fn blurred(levels: &[f32]) -> Vec<f32> {
    let [width, height] = SIZE.map(|pixels| pixels as usize);
    blurred_lines(&blurred_lines(levels, width), height)
}

/// The same for lines of so many pixels; they come back as columns.
fn blurred_lines(levels: &[f32], width: usize) -> Vec<f32> {
    let bell: [f32; 11] = std::array::from_fn(|place| (-(place as f32 - 5.0).powi(2) / (2.0 * 1.5 * 1.5)).exp());
    let sum: f32 = bell.iter().sum();
    let (window, height) = (bell.map(|weight| weight / sum), levels.len() / width);
    let mut columns = vec![0.0; levels.len()];
    for (y, line) in levels.chunks_exact(width).enumerate() {
        let wide = [&[line[0]; 5], line, &[line[width - 1]; 5]].concat();
        for (x, seen) in wide.windows(window.len()).enumerate() {
            columns[x * height + y] = seen.iter().zip(&window).map(|(level, weight)| level * weight).sum();
        }
    }
    columns
}

const BLACK: Rgb<u8> = Rgb([0; 3]);

fn paint(picture: &mut RgbImage, area: [u32; 4], colour: Rgb<u8>) {
    for (x, y) in pixels(area) {
        picture.put_pixel(x, y, colour);
    }
}

fn pixels([left, top, width, height]: [u32; 4]) -> impl Iterator<Item = (u32, u32)> {
    (top..top + height).flat_map(move |y| (left..left + width).map(move |x| (x, y)))
}

/// The same, with what is in an area moved right and down; what leaves it there comes in at the other side.
fn moved(picture: &RgbImage, area @ [left, top, width, height]: [u32; 4], by: u32) -> RgbImage {
    let mut moved = picture.clone();
    for (x, y) in pixels(area) {
        let (from_x, from_y) = (left + (x - left + width - by) % width, top + (y - top + height - by) % height);
        moved.put_pixel(x, y, *picture.get_pixel(from_x, from_y));
    }
    moved
}

/// The darkest colour of an area.
fn ground(picture: &RgbImage, area: [u32; 4]) -> Rgb<u8> {
    let colours = pixels(area).map(|(x, y)| *picture.get_pixel(x, y));
    colours.min_by_key(|colour| colour.0.map(u32::from).iter().sum::<u32>()).unwrap()
}

/// Standard deviation of the green of an area, in levels.
fn contrast(picture: &RgbImage, area: [u32; 4]) -> f32 {
    let levels: Vec<f32> = pixels(area).map(|(x, y)| f32::from(picture.get_pixel(x, y).0[1])).collect();
    let mean = levels.iter().sum::<f32>() / levels.len() as f32;
    (levels.iter().map(|level| (level - mean) * (level - mean)).sum::<f32>() / levels.len() as f32).sqrt()
}
