//! A flight: the way of the camera from one pose to another, smooth and without roll.

use super::framing::Pose;

/// Seconds follow the length of the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flight {
    from: Pose,
    to: Pose,
    seconds: f32,
    elapsed: f32,
}

impl Flight {
    pub fn new(from: Pose, to: Pose) -> Self {
        let metres = from.eye.distance(to.eye);
        let turn = shortest(from.yaw_radians, to.yaw_radians).abs();
        let seconds = (0.9 + metres / 16.0 + turn / 3.0).clamp(1.1, 3.4);
        Self { from, to, seconds, elapsed: 0.0 }
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
        let part = eased(self.elapsed / self.seconds);
        let turn = shortest(self.from.yaw_radians, self.to.yaw_radians);
        Pose {
            eye: self.from.eye.lerp(self.to.eye, part),
            yaw_radians: self.from.yaw_radians + turn * part,
            pitch_radians: self.from.pitch_radians + (self.to.pitch_radians - self.from.pitch_radians) * part,
        }
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
