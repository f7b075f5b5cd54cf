//! A composition: where a painting's parts stand, and the order in which they are painted.

use crate::canvas::Canvas;
use crate::chance::{Chance, sine};
use crate::easel::{Easel, Frame};
use crate::media;
use crate::picture::Picture;
use crate::place;
use crate::scene::{Medium, Place, Scene, Subject};
use crate::sky::{self, Light};
use crate::subjects;

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
    let frame = stand(scene.subject, &mut chance);
    let light = Light::new(scene.sky, horizon, &mut part(1));
    let mut canvas = Canvas::new(media::side(scene.medium, size), scene.medium, light.toward(), part(2).field());
    let mut easel = Easel { canvas: &mut canvas, light: &light, frame: Frame::PICTURE };

    sky::paint(&mut easel, &mut part(3));
    place::behind(scene.place, &mut easel, &mut part(4));
    ground(scene, &mut easel, &frame, &mut part(5));
    easel.frame = frame;
    subjects::paint(scene.subject, scene.colour, &mut easel, &mut part(6));
    easel.frame = Frame::PICTURE;
    if scene.place == Place::Sea && scene.medium != Medium::PaperCutout {
        let start = part(7).unit();
        let tone = place::water(&easel).base;
        easel.canvas.reflect(foot(scene.subject, &frame) + 0.015, tone, |y| 0.012 * sine(y * 16.0 + start));
    }
    place::before(scene.place, &mut easel, &mut part(8), foot(scene.subject, &frame));
    media::finish(canvas, size, &mut part(9))
}

/// Chooses where the subject stands, how large and which way round.
fn stand(subject: Subject, chance: &mut Chance) -> Frame {
    let scale = subjects::height(subject) * chance.between(0.85, 1.12);
    let foot = chance.between(0.80, 0.85);
    let x = 0.5 + chance.between(-0.07, 0.07);
    let mirror = chance.side();
    let lean = match subject {
        Subject::Rocket => chance.between(-0.05, 0.30),
        Subject::Boat | Subject::Balloon => chance.between(-0.06, 0.06),
        _ => 0.0,
    };
    Frame { x: x - mirror * lean * scale * 0.5, y: foot - scale * subjects::altitude(subject), scale, mirror, lean }
}

/// The height at which the subject meets the ground, or would if it hung lower.
fn foot(subject: Subject, frame: &Frame) -> f32 {
    frame.y + frame.scale * subjects::altitude(subject)
}

/// What the subject stands on, and its shadow there.
fn ground(scene: &Scene, easel: &mut Easel, frame: &Frame, chance: &mut Chance) {
    let (foot, altitude) = (foot(scene.subject, frame), subjects::altitude(scene.subject));
    let at_sea = scene.place == Place::Sea;
    if at_sea && altitude == 0.0 && !place::floats(scene.subject) {
        place::islet(easel, chance, (frame.x, foot), subjects::girth(scene.subject) * frame.scale);
    }
    if at_sea && (altitude > 0.0 || place::floats(scene.subject)) {
        return;
    }
    // A low light throws it long; away from the light it lies.
    let [sideways, down, _] = easel.canvas.light;
    let long = (sideways / down.min(-0.25) * 0.20).clamp(-0.26, 0.26);
    let half = subjects::girth(scene.subject) * frame.scale;
    let tint = easel.light.shadow();
    easel.shadow((frame.x + long * (1.0 - altitude * 2.0), foot + 0.008), (half + long.abs() * 0.6, 0.034), tint);
}
