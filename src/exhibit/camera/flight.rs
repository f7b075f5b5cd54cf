//! A flight: the way of the camera from one pose to another, smooth and without roll. For a calm visitor the hall goes dark instead,
//! and is lit again from there.

use super::framing::Pose;

/// Of a fade, from light to light.
const FADE_SECS: f32 = 0.8;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flight {
    from: Pose,
    to: Pose,
    seconds: f32,
    elapsed: f32,
    fades: bool,
}

impl Flight {
    /// Seconds follow the length of the way.
    pub fn new(from: Pose, to: Pose) -> Self {
        let metres = from.eye.distance(to.eye);
        let turn = shortest(from.yaw_radians, to.yaw_radians).abs();
        let seconds = (0.9 + metres / 16.0 + turn / 3.0).clamp(1.1, 3.4);
        Self { from, to, seconds, elapsed: 0.0, fades: false }
    }

    /// Without any motion.
    pub fn fading(from: Pose, to: Pose) -> Self {
        Self { from, to, seconds: FADE_SECS, elapsed: 0.0, fades: true }
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: f32) {
        self.elapsed = (self.elapsed + seconds).min(self.seconds);
    }

    pub fn has_arrived(&self) -> bool {
        self.elapsed >= self.seconds
    }

    /// Where the camera is now.
    pub fn pose(&self) -> Pose {
        let part = match self.elapsed / self.seconds {
            part if self.fades => part.round(),
            part => eased(part),
        };
        let turn = shortest(self.from.yaw_radians, self.to.yaw_radians);
        Pose {
            eye: self.from.eye.lerp(self.to.eye, part),
            yaw_radians: self.from.yaw_radians + turn * part,
            pitch_radians: self.from.pitch_radians + (self.to.pitch_radians - self.from.pitch_radians) * part,
        }
    }

    /// 0 in full light, 1 in the dark, which is while the camera changes its place.
    pub fn darkness(&self) -> f32 {
        // Quite dark for the middle fifth: a frame that comes late does not show the jump.
        let from_middle = (2.0 * self.elapsed / self.seconds - 1.0).abs();
        if self.fades { (1.25 * (1.0 - from_middle)).min(1.0) } else { 0.0 }
    }
}

/// Smootherstep (Perlin 2002): starts and ends without speed and without jerk.
fn eased(part: f32) -> f32 {
    part * part * part * (part * (part * 6.0 - 15.0) + 10.0)
}

/// The turn from one angle to another that is no more than half a circle.
pub(crate) fn shortest(from: f32, to: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    (to - from + PI).rem_euclid(TAU) - PI
}
