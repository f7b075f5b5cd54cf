//! Framing: where a camera stands so that a set of points fills its view.

use bevy::prelude::*;

use crate::stop::Stop;
use crate::track::place::Layout;

/// The camera's field of view, top to bottom: 45°.
pub const FIELD_OF_VIEW_RADIANS: f32 = std::f32::consts::FRAC_PI_4;
/// What is seen at one metre, top to bottom: 2 · tan 22.5°.
pub const HEIGHT_AT_ONE_METRE: f32 = 0.828_427_1;

/// The part of the view that belongs to the station, in the view's own units (−1..1, y up). Below it stands the caption.
const LEFT: f32 = -0.92;
const RIGHT: f32 = 0.92;
const BOTTOM: f32 = -0.54;
const TOP: f32 = 0.90;

/// What of a station fits at one metre's distance, on a screen of 16:9.
pub const WIDTH_IN_VIEW: f32 = HEIGHT_AT_ONE_METRE * 16.0 / 9.0 * (RIGHT - LEFT) / 2.0;
pub const HEIGHT_IN_VIEW: f32 = HEIGHT_AT_ONE_METRE * (TOP - BOTTOM) / 2.0;

/// Where a camera is and where it looks. It has no roll.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    pub eye: Vec3,
    /// About the vertical; 0 looks along −z, more turns left.
    pub yaw_radians: f32,
    /// Up is positive.
    pub pitch_radians: f32,
}

impl Pose {
    pub fn rotation(&self) -> Quat {
        Quat::from_euler(EulerRot::YXZ, self.yaw_radians, self.pitch_radians, 0.0)
    }

    pub fn transform(&self) -> Transform {
        Transform::from_translation(self.eye).with_rotation(self.rotation())
    }

    /// Where a point is in the view: x and y −1..1 inside it (y up), z the depth in metres, negative behind the camera.
    pub fn project(&self, point: Vec3, aspect: f32) -> Vec3 {
        let seen = self.rotation().inverse() * (point - self.eye);
        let half = HEIGHT_AT_ONE_METRE / 2.0 * -seen.z;
        Vec3::new(seen.x / (half * aspect), seen.y / half, -seen.z)
    }
}

/// The nearest pose with this direction of view that has all points in its safe part.
pub fn frame(points: &[Vec3], yaw_radians: f32, pitch_radians: f32, aspect: f32) -> Pose {
    let rotation = Pose { eye: Vec3::ZERO, yaw_radians, pitch_radians }.rotation();
    let (right, up, ahead) = (rotation * Vec3::X, rotation * Vec3::Y, rotation * Vec3::NEG_Z);
    let half = HEIGHT_AT_ONE_METRE / 2.0;
    // A point p is left of the right border where p·r − e·r ≤ R·(p·a − e·a), with R the border's slope, and so on.
    // Two opposite borders leave room for the eye as long as e·a is not beyond the value that `depth` returns.
    let border = |axis: Vec3, slope: f32| points.iter().map(move |&p| p.dot(axis) - slope * p.dot(ahead));
    let depth = |axis: Vec3, low: f32, high: f32| {
        let most = border(axis, high).fold(f32::MIN, f32::max);
        let least = border(axis, low).fold(f32::MAX, f32::min);
        (least - most) / (high - low)
    };
    let (left, rightmost) = (LEFT * half * aspect, RIGHT * half * aspect);
    let (bottom, top) = (BOTTOM * half, TOP * half);
    let along = depth(right, left, rightmost).min(depth(up, bottom, top));
    let middle = |axis: Vec3, low: f32, high: f32| {
        let least = border(axis, high).fold(f32::MIN, f32::max) + high * along;
        let most = border(axis, low).fold(f32::MAX, f32::min) + low * along;
        (least + most) / 2.0
    };
    let eye = right * middle(right, left, rightmost) + up * middle(up, bottom, top) + ahead * along;
    Pose { eye, yaw_radians, pitch_radians }
}

/// Where a visitor stands at a stop. A stop that this hall does not have gives the view over the hall.
///
/// `aspect`: width of the screen by its height.
pub fn view(layout: &Layout, stop: Stop, aspect: f32) -> Pose {
    let degrees = |yaw: f32, pitch: f32| (yaw.to_radians(), pitch.to_radians());
    let Some(place) = layout.place(stop) else {
        let points: Vec<Vec3> = layout.stations.iter().flat_map(|place| place.corners()).collect();
        let (yaw, pitch) = degrees(0.0, -29.0);
        return frame(&points, yaw, pitch, aspect);
    };
    // A little from the side, so that depth is seen as depth.
    let (aside, pitch) = match stop {
        Stop::Unet => degrees(-9.0, -5.0),
        Stop::Block(_) => degrees(-12.0, -3.0),
        _ => degrees(-7.0, -3.0),
    };
    frame(&place.corners(), place.yaw_radians + aside, pitch, aspect)
}
