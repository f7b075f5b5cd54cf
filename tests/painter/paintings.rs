//! Paintings: repeatable, free, and possible at any size.

use painter::{Colour, Companion, Count, Medium, Picture, Place, Relation, Scene, Side, Size, Sky, Subject, Weather, paint};
use rand::SeedableRng;
use rand_pcg::Pcg32;

const CAT: Scene = Scene {
    subject: Subject::Cat,
    colour: Colour::Orange,
    place: Place::Meadow,
    sky: Sky::Noon,
    medium: Medium::Oil,
    weather: Weather::Clear,
    count: Count::One,
    size: Size::Usual,
    side: Side::Middle,
    companion: None,
};

/// FNV-1a over the pixels.
fn fingerprint(picture: &Picture) -> u64 {
    picture.pixels.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Mean absolute difference of two pictures' channels, from 0 to 255.
fn difference(one: &Picture, other: &Picture) -> f64 {
    let sum: u64 = one.pixels.iter().zip(&other.pixels).map(|(&a, &b)| u64::from(a.abs_diff(b))).sum();
    sum as f64 / one.pixels.len() as f64
}

#[test]
fn the_same_seed_paints_the_same_bytes() {
    for &medium in Medium::ALL {
        let scene = Scene { medium, ..CAT };
        assert_eq!(paint(&scene, 7, 64), paint(&scene, 7, 64));
    }
}

/// Models and the oracle learn from these pictures: a change here asks for a new training run.
#[test]
fn paintings_stay_what_they_are() {
    // The seed of the scene and of the painting, size, fingerprint.
    let pinned: &[(u64, u32, u64)] = &[
        (1, 64, 0x351d2ff43b1d8ee8),
        (2, 64, 0xdcdea794ed064793),
        (3, 64, 0xc56d4c989346093d),
        (4, 64, 0xc7d66f51c9707227),
        (5, 64, 0x57a21e2bcbce79cd),
        (6, 64, 0x12123a25598c66d8),
        (7, 64, 0x0a3e20a719264fab),
        (8, 64, 0xc520ecce9b47aabb),
        (9, 64, 0x1402837119e7f13d),
        (10, 64, 0x73e79804c24f7ac0),
        (11, 128, 0xa3c68ea6f72d4ce5),
        (12, 32, 0x764f45695fbe27f2),
    ];
    let found: Vec<(u64, u32, u64)> = pinned
        .iter()
        .map(|&(seed, size, _)| (seed, size, fingerprint(&paint(&Scene::sample(&mut Pcg32::seed_from_u64(seed)), seed, size))))
        .collect();
    assert_eq!(found, pinned, "{found:#x?}");
}

#[test]
fn another_seed_paints_another_picture_of_the_same_scene() {
    for &medium in Medium::ALL {
        let scene = Scene { medium, ..CAT };
        for seed in 0..8 {
            assert!(difference(&paint(&scene, seed, 64), &paint(&scene, seed + 1, 64)) > 2.0, "{medium:?} {seed}");
        }
    }
}

#[test]
fn every_attribute_shows() {
    for seed in 0..4 {
        let picture = paint(&CAT, seed, 64);
        let check = |scene: Scene| assert!(difference(&picture, &paint(&scene, seed, 64)) > 2.0, "{scene:?}");
        Subject::ALL.iter().filter(|&&subject| subject != CAT.subject).for_each(|&subject| check(Scene { subject, ..CAT }));
        Colour::ALL.iter().filter(|&&colour| colour != CAT.colour).for_each(|&colour| check(Scene { colour, ..CAT }));
        Place::ALL.iter().filter(|&&place| place != CAT.place).for_each(|&place| check(Scene { place, ..CAT }));
        Sky::ALL.iter().filter(|&&sky| sky != CAT.sky).for_each(|&sky| check(Scene { sky, ..CAT }));
        Medium::ALL.iter().filter(|&&medium| medium != CAT.medium).for_each(|&medium| check(Scene { medium, ..CAT }));
        Count::ALL.iter().filter(|&&count| count != CAT.count).for_each(|&count| check(Scene { count, ..CAT }));
        Size::ALL.iter().filter(|&&size| size != CAT.size).for_each(|&size| check(Scene { size, ..CAT }));
        Side::ALL.iter().filter(|&&side| side != CAT.side).for_each(|&side| check(Scene { side, ..CAT }));
        Weather::ALL.iter().filter(|&&weather| weather != CAT.weather).for_each(|&weather| check(Scene { weather, ..CAT }));
        for &relation in Relation::ALL {
            let companion = Companion { relation, subject: Subject::Owl, colour: Colour::Blue };
            check(Scene { companion: Some(companion), ..CAT });
        }
    }
}

#[test]
fn every_kind_of_scene_can_be_painted() {
    let mut rng = Pcg32::seed_from_u64(3);
    let unusual: Vec<Scene> = (0..900).map(|_| Scene::sample(&mut rng)).collect();
    // 409 is a prime, so that all values come by, and all pairs of sizes and values.
    for (index, scene) in Scene::all().step_by(409).chain(unusual).enumerate() {
        let size = [32, 64, 96][index % 3];
        let picture = paint(&scene, index as u64, size);
        assert_eq!(picture.size, size);
        assert_eq!(picture.pixels.len(), (size * size * 3) as usize);
    }
}

#[test]
fn every_size_shows_the_same_picture() {
    for &medium in Medium::ALL {
        let scene = Scene { medium, ..CAT };
        let (small, large) = (paint(&scene, 3, 64), paint(&scene, 3, 128));
        // Each 2 × 2 pixels of the large one against the pixel of the small one.
        let mut halved = Picture { size: 64, pixels: Vec::new() };
        for index in 0..64 * 64 * 3usize {
            let (channel, x, y) = (index % 3, index / 3 % 64, index / 192);
            let at = |dx: usize, dy: usize| u32::from(large.pixels[((y * 2 + dy) * 128 + x * 2 + dx) * 3 + channel]);
            halved.pixels.push(((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8);
        }
        assert!(difference(&small, &halved) < 8.0, "{medium:?}: {}", difference(&small, &halved));
    }
}

#[test]
#[should_panic(expected = "at least 32")]
fn a_painting_too_small_to_read_is_refused() {
    paint(&CAT, 0, 31);
}

#[test]
fn nights_are_darker_than_noons() {
    let brightness = |sky: Sky| {
        let pictures =
            (0..20).map(|seed| paint(&Scene { sky, place: Place::ALL[seed % Place::ALL.len()], ..CAT }, seed as u64, 32));
        pictures.map(|picture| picture.pixels.iter().map(|&byte| f64::from(byte)).sum::<f64>()).sum::<f64>()
    };
    assert!(brightness(Sky::Night) < 0.6 * brightness(Sky::Noon));
}

#[test]
fn pixel_art_has_thirty_two_cells_a_side() {
    let scene = Scene { medium: Medium::PixelArt, ..CAT };
    let (cells, picture) = (paint(&scene, 1, 32), paint(&scene, 1, 128));
    for (index, pixel) in picture.pixels.chunks_exact(3).enumerate() {
        let cell = (index / 128 / 4 * 32 + index % 128 / 4) * 3;
        assert_eq!(pixel, &cells.pixels[cell..cell + 3]);
    }
}

#[test]
fn samples_reach_every_value_of_every_attribute() {
    let mut rng = Pcg32::seed_from_u64(1);
    let scenes: Vec<Scene> = (0..12_000).map(|_| Scene::sample(&mut rng)).collect();
    let check = |name: &str, share: f64, expected: usize| {
        assert!((share * expected as f64 - 1.0).abs() < 0.4, "{name} comes in {share} of all scenes")
    };
    let share = |has: &dyn Fn(&Scene) -> bool| scenes.iter().filter(|scene| has(scene)).count() as f64 / scenes.len() as f64;
    Subject::ALL.iter().for_each(|&s| check(s.word(), share(&|scene| scene.subject == s), Subject::ALL.len()));
    Colour::ALL.iter().for_each(|&c| check(c.word(), share(&|scene| scene.colour == c), Colour::ALL.len()));
    Place::ALL.iter().for_each(|&p| check(p.word(), share(&|scene| scene.place == p), Place::ALL.len()));
    Sky::ALL.iter().for_each(|&s| check(s.word(), share(&|scene| scene.sky == s), Sky::ALL.len()));
    Medium::ALL.iter().for_each(|&m| check(m.word(), share(&|scene| scene.medium == m), Medium::ALL.len()));
    // Of a hundred scenes so many have each unusual value.
    let rare = |name: &str, share: f64, percent: f64| {
        assert!((share * 100.0 / percent - 1.0).abs() < 0.4, "{name} comes in {share} of all scenes")
    };
    Weather::ALL[1..].iter().for_each(|&w| rare(w.word(), share(&|scene| scene.weather == w), 20.0 / 3.0));
    Count::ALL[1..].iter().for_each(|&c| rare(c.word(), share(&|scene| scene.count == c), 6.0));
    Size::ALL[1..].iter().for_each(|&s| rare(s.word(), share(&|scene| scene.size == s), 4.0));
    Side::ALL[1..].iter().for_each(|&s| rare(s.word(), share(&|scene| scene.side == s), 4.0));
    rare("a companion", share(&|scene| scene.companion.is_some()), 12.0);
}
