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

/// How unlike two colours are: in hue and saturation above all, a little in lightness, which belongs to the hour.
fn unlike(one: [f64; 3], other: [f64; 3]) -> f64 {
    let parts = |[red, green, blue]: [f64; 3]| [red - green, (red + green) / 2.0 - blue, 0.35 * (red + green + blue) / 3.0];
    parts(one).into_iter().zip(parts(other)).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn pure(colour: Colour) -> [f64; 3] {
    colour.rgb().map(f64::from)
}

#[test]
fn the_named_colour_is_the_nearest_under_every_sky_in_every_medium() {
    let mut mistaken = vec![];
    for (number, &subject) in Subject::ALL.iter().enumerate() {
        for (hour, &sky) in Sky::ALL.iter().enumerate() {
            for (kind, &medium) in Medium::ALL.iter().enumerate() {
                let place = Place::ALL[(number + hour + kind) % Place::ALL.len()];
                let scene = |colour| Scene { subject, colour, place, sky, medium };
                let seed = (number * 16 + hour * 4 + kind) as u64;
                let pictures: Vec<Picture> = Colour::ALL.iter().map(|&colour| paint(&scene(colour), seed, 64)).collect();
                let area = own_area(&pictures);
                let share = area.len() as f64 / (64.0 * 64.0);
                assert!(share > 0.035, "{:?} shows its colour on only {share} of the picture", scene(Colour::Red));
                for (&colour, picture) in Colour::ALL.iter().zip(&pictures) {
                    let seen = mean(picture, &area);
                    let nearest =
                        |one: &&Colour, other: &&Colour| unlike(seen, pure(**one)).total_cmp(&unlike(seen, pure(**other)));
                    let nearest = *Colour::ALL.iter().min_by(nearest).unwrap();
                    if nearest != colour {
                        mistaken.push(format!("{:?} looks {seen:?}, {nearest:?}", scene(colour)));
                    }
                }
            }
        }
    }
    assert!(mistaken.is_empty(), "{}", mistaken.join("\n"));
}

/// Two colours differ where the subject stands, and nowhere near as much around it.
#[test]
fn a_colour_changes_the_subject_and_leaves_the_rest() {
    for &medium in Medium::ALL {
        for seed in 0..6 {
            let scene = |colour| Scene { subject: Subject::Balloon, colour, place: Place::Meadow, sky: Sky::Noon, medium };
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
