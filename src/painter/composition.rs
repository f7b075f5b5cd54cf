//! A composition: where a painting's parts stand, and the order in which they are painted.

use crate::canvas::Canvas;
use crate::chance::{Chance, sine};
use crate::easel::{Easel, Frame};
use crate::media;
use crate::picture::Picture;
use crate::place;
use crate::scene::{Colour, Companion, Count, Medium, Place, Relation, Scene, Side, Size, Subject};
use crate::sky::{self, Light};
use crate::subjects::{self, figure};
use crate::weather;

/// Paints a scene, `size` × `size` pixels.
///
/// The seed decides everything that the scene leaves open: where things stand, how large, the clouds, the hand. The same scene, seed
/// and size give the same bytes on every machine, and paintings of one seed share their composition, whatever else differs.
///
/// # Panics
/// If `size` is less than 32: nothing can be made out below.
pub fn paint(scene: &Scene, seed: u64, size: u32) -> Picture {
    assert!(size >= 32, "a painting is at least 32 pixels wide, not {size}");
    let part = |number: u64| Chance::new(seed, number);
    let mut chance = part(0);
    let horizon = chance.between(0.60, 0.66);
    let actors = cast(scene, &mut chance);
    let light = Light::new(scene.sky, horizon, &mut part(1));
    let mut canvas = Canvas::new(media::side(scene.medium, size), scene.medium, light.toward(), part(2).field());
    let mut easel = Easel { canvas: &mut canvas, light: &light, frame: Frame::PICTURE };

    sky::paint(&mut easel, &mut part(3));
    place::behind(scene.place, &mut easel, &mut part(4));
    weather::behind(scene.weather, &mut easel, &mut part(10));
    for (number, actor) in (0u64..).zip(&actors) {
        // Each is traced by itself, so that it mirrors itself and nothing that stands behind it.
        let behind = easel.canvas.begin_tracing();
        ground(scene.place, &mut easel, actor, &mut part(5 + 100 * number));
        easel.frame = actor.frame;
        subjects::paint(actor.subject, actor.colour, &mut easel, &mut part(6 + 100 * number));
        easel.frame = Frame::PICTURE;
        if scene.place == Place::Sea && scene.medium != Medium::PaperCutout {
            let start = part(7).unit();
            let tone = place::water(&easel).base;
            easel.canvas.reflect(actor.foot + 0.015, tone, |y| 0.012 * sine(y * 16.0 + start));
        }
        easel.canvas.end_tracing(behind);
    }
    let nearest = actors.iter().map(|actor| actor.foot).fold(0.0, f32::max);
    place::before(scene.place, &mut easel, &mut part(8), nearest);
    weather::before(scene.weather, &mut easel, &mut part(11));
    media::finish(canvas, size, &mut part(9))
}

/// One thing that the picture is of, and where it stands.
struct Actor {
    subject: Subject,
    colour: Colour,
    frame: Frame,
    /// The height at which it meets the ground, or would if it hung lower.
    foot: f32,
}

impl Actor {
    /// `scale` is its height in the picture.
    fn new(subject: Subject, colour: Colour, (x, foot): (f32, f32), scale: f32, chance: &mut Chance) -> Actor {
        let figure = figure(subject);
        let mirror = chance.side();
        let lean = chance.between(figure.lean.0, figure.lean.1);
        let y = foot - scale * figure.altitude;
        Actor { subject, colour, frame: Frame { x: x - mirror * lean * scale * 0.5, y, scale, mirror, lean }, foot }
    }

    /// How high above its foot it hangs, in picture heights.
    fn altitude(&self) -> f32 {
        self.foot - self.frame.y
    }
}

/// Everything that the picture is of, the furthest first.
fn cast(scene: &Scene, chance: &mut Chance) -> Vec<Actor> {
    if let Some(companion) = scene.companion {
        return pair(scene, companion, chance);
    }
    let (subject, colour, height) = (scene.subject, scene.colour, figure(scene.subject).height);
    let factor = chance.between(0.85, 1.12);
    let (foot, x) = (chance.between(0.80, 0.85), chance.between(-0.07, 0.07));
    let several = |places: &[f32], factor: f32, chance: &mut Chance| {
        let mut actors: Vec<Actor> = places
            .iter()
            .map(|place| {
                let foot = chance.between(0.77, 0.88);
                // What stands nearer is larger.
                let scale = height * factor * (1.0 + 1.2 * (foot - 0.82)) * chance.between(0.95, 1.05);
                Actor::new(subject, colour, (place + chance.between(-0.02, 0.02), foot), scale, chance)
            })
            .collect();
        actors.sort_by(|one, other| one.foot.total_cmp(&other.foot));
        actors
    };
    match (scene.count, scene.size, scene.side) {
        (Count::Two, ..) => several(&[0.28, 0.72], 0.66, chance),
        (Count::Three, ..) => several(&[0.18, 0.50, 0.82], 0.44, chance),
        (_, Size::Small, _) => vec![Actor::new(subject, colour, (0.5 + x * 2.0, foot), height * factor * 0.52, chance)],
        (_, Size::Large, _) => {
            vec![Actor::new(subject, colour, (0.5 + x * 0.5, foot + 0.09), height * (0.6 + 0.4 * factor) * 1.3, chance)]
        }
        (_, _, Side::Left) => vec![Actor::new(subject, colour, (0.25 + x * 0.4, foot), height * factor * 0.74, chance)],
        (_, _, Side::Right) => vec![Actor::new(subject, colour, (0.75 + x * 0.4, foot), height * factor * 0.74, chance)],
        _ => vec![Actor::new(subject, colour, (0.5 + x, foot), height * factor, chance)],
    }
}

/// The subject and its companion.
fn pair(scene: &Scene, companion: Companion, chance: &mut Chance) -> Vec<Actor> {
    let (first, second) = (figure(scene.subject).height, figure(companion.subject).height);
    let side = chance.side();
    let factor = chance.between(0.92, 1.08);
    let aside = |spread: f32, chance: &mut Chance| 0.5 + spread + chance.between(-0.02, 0.02);
    // Place, foot and scale of the subject and of the companion.
    let (subject, other) = match companion.relation {
        Relation::LeftOf | Relation::RightOf => {
            let outward = if companion.relation == Relation::LeftOf { -1.0 } else { 1.0 };
            let feet = (chance.between(0.80, 0.87), chance.between(0.78, 0.84));
            ((aside(0.22 * outward, chance), feet.0, first * 0.68), (aside(-0.23 * outward, chance), feet.1, second * 0.66))
        }
        Relation::InFrontOf => {
            let places = (aside(side * 0.13, chance), aside(-side * 0.10, chance));
            ((places.0, chance.between(0.90, 0.94), first * 0.60), (places.1, chance.between(0.74, 0.77), second * 0.92))
        }
        Relation::Above => {
            let places = (aside(side * 0.06, chance), aside(0.0, chance));
            ((places.0, chance.between(0.42, 0.46), first * 0.55), (places.1, chance.between(0.84, 0.88), second * 0.60))
        }
    };
    let mut one = Actor::new(scene.subject, scene.colour, (subject.0, subject.1), subject.2 * factor, chance);
    let other = Actor::new(companion.subject, companion.colour, (other.0, other.1), other.2 * factor, chance);
    if companion.relation == Relation::Above {
        // In the air over the other's place.
        one.frame.y = one.foot;
        one.foot = other.foot;
    }
    // The further one first; what is in the air lies over what is below it.
    if one.foot < other.foot { vec![one, other] } else { vec![other, one] }
}

/// What an actor stands on, and its shadow there.
fn ground(place: Place, easel: &mut Easel, actor: &Actor, chance: &mut Chance) {
    let figure = figure(actor.subject);
    let (foot, frame) = (actor.foot, &actor.frame);
    let half = figure.girth * frame.scale;
    let aloft = actor.altitude() > 0.0;
    if place == Place::Sea {
        if aloft || figure.floats {
            return;
        }
        place::islet(easel, chance, (frame.x, foot), half);
    }
    // A low light throws it long; away from the light it lies.
    let [sideways, down, _] = easel.canvas.light;
    let long = (sideways / down.min(-0.25) * 0.20).clamp(-0.26, 0.26) * (frame.scale / 0.65);
    let tint = easel.light.shadow();
    let middle = frame.x + long * (1.0 - actor.altitude() / frame.scale * 2.0).max(0.0);
    easel.shadow((middle, foot + 0.008), (half + long.abs() * 0.6, 0.034 * (frame.scale / 0.65).min(1.0)), tint);
}
