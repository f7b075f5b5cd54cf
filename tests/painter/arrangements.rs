//! Arrangements: how many, how large, where, and beside what.

use painter::{Colour, Companion, Count, Medium, Picture, Place, Relation, Scene, Side, Size, Sky, Subject, paint};
use rand::SeedableRng;
use rand_pcg::Pcg32;

const SIDE: usize = 64;
const COLOURS: [Colour; 3] = [Colour::Red, Colour::Turquoise, Colour::Black];

/// How much each pixel depends on a colour.
fn spread(pictures: &[Picture]) -> Vec<i32> {
    let range = |index: usize| {
        let values = pictures.iter().map(|picture| i32::from(picture.pixels[index]));
        values.clone().max().unwrap() - values.min().unwrap()
    };
    (0..SIDE * SIDE).map(|index| (0..3).map(|channel| range(index * 3 + channel)).sum()).collect()
}

/// Where a colour shows in full, or at all.
struct Area {
    points: Vec<(f64, f64)>,
}

impl Area {
    fn new(pictures: &[Picture], least: i32) -> Area {
        let point = |index: usize| ((index % SIDE) as f64 / SIDE as f64, (index / SIDE) as f64 / SIDE as f64);
        let spread = spread(pictures);
        Area { points: (0..SIDE * SIDE).filter(|&index| spread[index] > least).map(point).collect() }
    }

    /// The part of the picture that it covers.
    fn share(&self) -> f64 {
        self.points.len() as f64 / (SIDE * SIDE) as f64
    }

    fn x(&self) -> f64 {
        self.points.iter().map(|point| point.0).sum::<f64>() / self.points.len() as f64
    }

    fn y(&self) -> f64 {
        self.points.iter().map(|point| point.1).sum::<f64>() / self.points.len() as f64
    }

    /// The part of it that lies between two places across.
    fn between(&self, left: f64, right: f64) -> f64 {
        let inside = self.points.iter().filter(|point| (left..right).contains(&point.0)).count();
        inside as f64 / self.points.len() as f64
    }

    /// The part of it that lies below a height.
    fn below(mut self, y: f64) -> Area {
        self.points.retain(|point| point.1 > y);
        self
    }
}

fn own(scene: &Scene, seed: u64, least: i32) -> Area {
    Area::new(&COLOURS.map(|colour| paint(&Scene { colour, ..*scene }, seed, SIDE as u32)), least)
}

fn others(scene: &Scene, seed: u64, least: i32) -> Area {
    let companion = scene.companion.unwrap();
    let scene = |colour| Scene { companion: Some(Companion { colour, ..companion }), ..*scene };
    Area::new(&COLOURS.map(|colour| paint(&scene(colour), seed, SIDE as u32)), least)
}

/// Every subject in a clear light, the medium by its number.
fn studies() -> impl Iterator<Item = (u64, Scene)> {
    Subject::ALL.iter().zip(0u64..).map(|(&subject, number)| {
        let medium = [Medium::Oil, Medium::PaperCutout, Medium::Watercolour, Medium::Pastel][number as usize % 4];
        (number, Scene::plain(subject, Colour::Red, Place::Meadow, Sky::Noon, medium))
    })
}

fn report(failures: &[String]) {
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn several_stand_side_by_side() {
    let mut failures = vec![];
    for (seed, scene) in studies() {
        let two = own(&Scene { count: Count::Two, ..scene }, seed, 240);
        let parts = [two.between(0.0, 0.5), two.between(0.5, 1.0)];
        if parts.iter().any(|&part| part < 0.25) {
            failures.push(format!("two {:?} in {:?}: {parts:.2?}", scene.subject, scene.medium));
        }
        let three = own(&Scene { count: Count::Three, ..scene }, seed, 240);
        let parts = [three.between(0.0, 0.345), three.between(0.345, 0.655), three.between(0.655, 1.0)];
        if parts.iter().any(|&part| part < 0.15) {
            failures.push(format!("three {:?} in {:?}: {parts:.2?}", scene.subject, scene.medium));
        }
    }
    report(&failures);
}

#[test]
fn small_is_smaller_and_large_is_larger_than_usual() {
    let mut failures = vec![];
    for (seed, scene) in studies() {
        let [small, usual, large] =
            [Size::Small, Size::Usual, Size::Large].map(|size| own(&Scene { size, ..scene }, seed, 240).share());
        if small < 0.004 || small > 0.55 * usual || large < 1.2 * usual {
            failures.push(format!("{:?} in {:?}: {small:.3} {usual:.3} {large:.3}", scene.subject, scene.medium));
        }
    }
    report(&failures);
}

#[test]
fn a_subject_stands_on_the_side_that_is_named() {
    let mut failures = vec![];
    for (seed, scene) in studies() {
        let [left, middle, right] =
            [Side::Left, Side::Middle, Side::Right].map(|side| own(&Scene { side, ..scene }, seed, 240).x());
        if left > 0.38 || !(0.36..0.64).contains(&middle) || right < 0.62 {
            failures.push(format!("{:?} in {:?}: {left:.2} {middle:.2} {right:.2}", scene.subject, scene.medium));
        }
    }
    report(&failures);
}

#[test]
fn companions_stand_where_the_relation_says() {
    let mut failures = vec![];
    for (seed, scene) in studies() {
        for &relation in Relation::ALL.iter().filter(|&&relation| relation != Relation::Above || scene.subject.flies()) {
            // Every subject is a companion, too.
            let other = Subject::ALL[(seed as usize + 5) % Subject::ALL.len()];
            let companion = Some(Companion { relation, subject: other, colour: Colour::White });
            let scene = Scene { companion, ..scene };
            let (own, others) = (own(&scene, seed, 240), others(&scene, seed, 240));
            let right = match relation {
                Relation::LeftOf => own.x() < others.x() - 0.2,
                Relation::RightOf => own.x() > others.x() + 0.2,
                Relation::InFrontOf => (own.x() - others.x()).abs() < 0.4,
                Relation::Above => own.y() < others.y() - 0.15,
            };
            if !right || own.share() < 0.012 || others.share() < 0.012 {
                let places = [own.share(), own.x(), own.y(), others.share(), others.x(), others.y()];
                failures.push(format!("{:?} {relation:?} {other:?} in {:?}: {places:.3?}", scene.subject, scene.medium));
            }
        }
    }
    report(&failures);
}

/// What stands in front covers what stands behind it, and is covered by nothing.
#[test]
fn what_is_in_front_hides_what_is_behind() {
    let scene = Scene::plain(Subject::Cottage, Colour::Red, Place::Meadow, Sky::Noon, Medium::Oil);
    for seed in 0..6 {
        let pair = |subject, other| {
            let companion = Some(Companion { relation: Relation::InFrontOf, subject: other, colour: Colour::White });
            Scene { subject, companion, ..scene }
        };
        let near = pair(Subject::Cottage, Subject::Castle);
        let (front, back) = (own(&near, seed, 240), others(&near, seed, 240));
        let lowest = |area: &Area| area.points.iter().map(|point| point.1).fold(0.0, f64::max);
        assert!(lowest(&front) > lowest(&back) + 0.03, "{seed}: {} {}", lowest(&front), lowest(&back));
        // Another thing behind it leaves the thing in front as it is.
        let other = own(&pair(Subject::Cottage, Subject::Lighthouse), seed, 240);
        let kept = front.points.iter().filter(|point| other.points.contains(point)).count();
        assert!(kept as f64 > 0.9 * front.points.len() as f64, "{seed}: {kept} of {}", front.points.len());
    }
}

#[test]
fn the_sea_mirrors_what_floats_on_it_and_a_meadow_does_not() {
    for subject in [Subject::Boat, Subject::Steamship, Subject::Duck] {
        for seed in 0..4 {
            let shown = |place| {
                let scene = Scene::plain(subject, Colour::Red, place, Sky::Noon, Medium::Oil);
                own(&scene, seed, 48).below(0.89).points.len()
            };
            let (sea, meadow) = (shown(Place::Sea), shown(Place::Meadow));
            assert!(sea > meadow + 12, "{subject:?} {seed}: {sea} pixels in the sea, {meadow} in a meadow");
        }
    }
}

#[test]
fn two_boats_are_mirrored_each_below_itself() {
    for seed in 0..6 {
        let companion = Some(Companion { relation: Relation::LeftOf, subject: Subject::Steamship, colour: Colour::White });
        let plain = Scene::plain(Subject::Boat, Colour::Red, Place::Sea, Sky::Noon, Medium::Oil);
        let scene = Scene { companion, ..plain };
        let (own, others) = (own(&scene, seed, 48).below(0.88), others(&scene, seed, 48).below(0.88));
        assert!(own.points.len() > 6 && others.points.len() > 6, "{seed}: {} {}", own.points.len(), others.points.len());
        assert!(own.x() < others.x() - 0.2, "{seed}: {:.2} {:.2}", own.x(), others.x());
    }
}

#[test]
fn samples_keep_the_rules_of_scenes() {
    let mut rng = Pcg32::seed_from_u64(5);
    let mut above = 0;
    for _ in 0..20_000 {
        let scene = Scene::sample(&mut rng);
        let unusual =
            [scene.count != Count::One, scene.size != Size::Usual, scene.side != Side::Middle, scene.companion.is_some()];
        assert!(unusual.into_iter().filter(|&is| is).count() <= 1, "{scene:?}");
        let Some(companion) = scene.companion else { continue };
        assert_ne!(companion.subject, scene.subject, "{scene:?}");
        assert_ne!(companion.colour, scene.colour, "{scene:?}");
        if companion.relation == Relation::Above {
            assert!(scene.subject.flies(), "{scene:?}");
            above += 1;
        }
    }
    assert!(above > 60, "only {above} above another");
}
