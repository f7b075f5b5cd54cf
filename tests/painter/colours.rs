//! Colours: the one that is named is the one that is seen.

use painter::{Colour, Medium, Picture, Place, Scene, Sky, Subject, paint};

/// Pixels that depend on the subject's colour: what it covers, without what it has beside its own colour.
fn own_area(pictures: &[Picture]) -> Vec<usize> {
    let pixels = pictures[0].pixels.len() / 3;
    let spread = |index: usize| {
        let channel = |picture: &Picture, channel: usize| i32::from(picture.pixels[index * 3 + channel]);
        let range = |number: usize| {
            let values = pictures.iter().map(|picture| channel(picture, number));
            values.clone().max().unwrap() - values.min().unwrap()
        };
        range(0) + range(1) + range(2)
    };
    (0..pixels).filter(|&index| spread(index) > 300).collect()
}

fn mean(picture: &Picture, area: &[usize]) -> [f64; 3] {
    let sum = |channel: usize| area.iter().map(|&index| f64::from(picture.pixels[index * 3 + channel])).sum::<f64>();
    [0, 1, 2].map(|channel| sum(channel) / area.len() as f64)
}

/// How unlike two colours look: their distance in Oklab (Björn Ottosson, "A perceptual color space for image processing"), where
/// lightness, which belongs to the hour, counts a third.
fn unlike(one: [f64; 3], other: [f64; 3]) -> f64 {
    let [l, a, b] = [0, 1, 2].map(|part| oklab(one)[part] - oklab(other)[part]);
    l * l / 9.0 + a * a + b * b
}

/// sRGB from 0 to 255 → lightness, green to red, blue to yellow.
fn oklab(colour: [f64; 3]) -> [f64; 3] {
    let linear = |level: f64| {
        let level = level / 255.0;
        if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = colour.map(linear);
    let long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue).cbrt();
    let middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue).cbrt();
    let short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue).cbrt();
    [
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    ]
}

fn pure(colour: Colour) -> [f64; 3] {
    colour.rgb().map(f64::from)
}

#[test]
fn the_named_colour_is_the_nearest_under_every_sky_in_every_medium() {
    let mut mistaken = vec![];
    let (skies, media) = (Sky::ALL.len(), Medium::ALL.len());
    // 13 divides neither number, so every sky meets every medium.
    for index in (0..Subject::ALL.len() * skies * media).step_by(13) {
        let (number, hour, kind) = (index / media / skies, index / media % skies, index % media);
        let (subject, sky, medium) = (Subject::ALL[number], Sky::ALL[hour], Medium::ALL[kind]);
        let place = Place::ALL[(number + hour + kind) % Place::ALL.len()];
        let scene = |colour| Scene::plain(subject, colour, place, sky, medium);
        let name = format!("{subject:?} {place:?} {sky:?} {medium:?}");
        let pictures: Vec<Picture> = Colour::ALL.iter().map(|&colour| paint(&scene(colour), index as u64, 64)).collect();
        let area = own_area(&pictures);
        let share = area.len() as f64 / (64.0 * 64.0);
        if share <= 0.035 {
            mistaken.push(format!("{name} shows its colour on only {share:.3} of the picture"));
        }
        if area.is_empty() {
            continue;
        }
        for (&colour, picture) in Colour::ALL.iter().zip(&pictures) {
            let seen = mean(picture, &area);
            let nearest = |one: &&Colour, other: &&Colour| unlike(seen, pure(**one)).total_cmp(&unlike(seen, pure(**other)));
            let nearest = *Colour::ALL.iter().min_by(nearest).unwrap();
            if nearest != colour {
                mistaken.push(format!("{name}: {colour:?} looks {seen:.0?}, {nearest:?}"));
            }
        }
    }
    assert!(mistaken.is_empty(), "{} mistaken:\n{}", mistaken.len(), mistaken.join("\n"));
}

/// Two colours differ where the subject stands, and nowhere near as much around it.
#[test]
fn a_colour_changes_the_subject_and_leaves_the_rest() {
    for &medium in Medium::ALL {
        for seed in 0..6 {
            let scene = |colour| Scene::plain(Subject::Balloon, colour, Place::Meadow, Sky::Noon, medium);
            let (red, blue) = (paint(&scene(Colour::Red), seed, 64), paint(&scene(Colour::Blue), seed, 64));
            let changed = |index: &usize| {
                let at = index * 3;
                red.pixels[at..at + 3].iter().zip(&blue.pixels[at..at + 3]).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum::<u32>()
                    > 24
            };
            let outside = |index: &usize| !(8..56).contains(&(index % 64)) || index / 64 > 52;
            assert!((0..64 * 64usize).filter(changed).count() > 150, "{medium:?}");
            assert_eq!((0..64 * 64usize).filter(outside).filter(changed).count(), 0, "{medium:?} {seed}");
        }
    }
}
