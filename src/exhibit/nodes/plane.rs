//! A data plane: an upright rectangle that shows a tensor of a run, and its mirror image in the floor. While two runs stand side by
//! side every plane is three: A, B, and between them the difference.

use bevy::prelude::*;
use bridge::{Palette, TensorImages};

use super::material::PlaneMaterial;
use super::shown::{Shown, Source};
use crate::HallSystems;
use crate::nodes::Hall;
use crate::panels::Panels;
use crate::quality::Quality;
use crate::state::{Lane, Lanes, Run};
use crate::theme;
use crate::tour::time::TourTime;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Opening>().add_systems(
        Update,
        (open, part_planes, show_tensors, show_mirrors).chain().in_set(HallSystems::Present).run_if(resource_exists::<Hall>),
    );
}

/// How far the planes stand apart for two runs: 0 not at all, 1 fully.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct Opening(pub f32);

/// Seconds that the planes take to part.
const OPENING_SECS: f32 = 0.8;

/// Shows what its source has at the present tour time.
#[derive(Component, Clone, Debug)]
pub struct DataPlane {
    pub source: Source,
    pub lane: Lane,
    pub material: Handle<PlaneMaterial>,
    pub mirror: Option<Handle<PlaneMaterial>>,
    /// Travels, and so changes with its step and not by a fade.
    pub travels: bool,
    texture: Option<Texture>,
    drawn: Option<Drawn>,
}

#[derive(Clone, Debug)]
struct Texture {
    image: Handle<Image>,
    /// Of the tensor it was made for.
    size: [usize; 3],
    pixels: [u32; 2],
}

/// What was drawn last, so that a plane that stands still costs nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Drawn {
    source: Source,
    run: u64,
    step: usize,
    /// In 64ths.
    mix: u8,
    light: u8,
}

/// The mirror image of a data plane.
#[derive(Component)]
pub struct Mirror;

/// Where a plane stands when one run is on show; its lane decides where it stands beside others.
#[derive(Component, Clone, Copy, Debug)]
pub struct Stand {
    pub lane: Lane,
    pub at: Transform,
    /// Width and height.
    pub size: Vec2,
    pub is_mirror: bool,
}

impl Stand {
    /// Of its width and height, what a plane keeps when the three stand apart.
    const APART: f32 = 0.49;

    /// Where it is when the planes are `opening` apart, 0..1. With one run on show there is only A.
    pub fn transform(&self, opening: f32) -> Transform {
        let (x, y, size) = match self.lane {
            Lane::A => (-0.255 * opening, 0.255 * opening, 1.0 - (1.0 - Self::APART) * opening),
            Lane::B => (0.255 * opening, 0.255 * opening, Self::APART * opening),
            Lane::Difference => (0.0, -0.255 * opening, Self::APART * opening),
        };
        let above = self.at.transform_point((Vec2::new(x, y) * self.size).extend(0.0));
        let scale = (self.size * size.max(1e-3)).extend(1.0);
        if self.is_mirror {
            let translation = above * Vec3::new(1.0, -1.0, 1.0);
            return Transform { translation, rotation: self.at.rotation, scale: scale * Vec3::new(1.0, -1.0, 1.0) };
        }
        Transform { translation: above, rotation: self.at.rotation, scale }
    }
}

impl DataPlane {
    /// Without a mirror image it is one that travels.
    pub fn new(source: Source, lane: Lane, material: Handle<PlaneMaterial>, mirror: Option<Handle<PlaneMaterial>>) -> Self {
        let travels = mirror.is_none();
        Self { source, lane, material, mirror, travels, texture: None, drawn: None }
    }

    /// Brings texture and materials up to date, if anything about them has changed.
    fn draw(
        &mut self,
        run: &Run,
        shown: Option<Shown>,
        images: &mut Assets<Image>,
        materials: &mut Assets<PlaneMaterial>,
        tensors: &mut TensorImages,
    ) {
        let drawn = shown.as_ref().map(|shown| Drawn {
            source: self.source,
            run: run.id.0,
            step: shown.step,
            mix: (shown.mix * 64.0) as u8,
            light: (shown.light * 64.0) as u8,
        });
        if drawn == self.drawn {
            return;
        }
        if let Some(shown) = &shown {
            let mut look = self.source.look(&shown.to, run, shown.step);
            if self.lane == Lane::Difference && look.palette != Palette::Colour {
                // What two runs have apart is about half of what either has.
                (look.palette, look.range) = (Palette::Guidance, look.range * 0.5);
            }
            let (size, pixels) = (shown.to.size(), look.pixels(shown.to.size()));
            let fits = self.texture.as_ref().is_some_and(|texture| texture.size == size && texture.pixels == pixels);
            if !fits {
                let image = TensorImages::create(images, size, &look, self.source.is_smooth());
                self.texture = Some(Texture { image, size, pixels });
            }
            if let Some(texture) = &self.texture {
                tensors.show_mix(&texture.image, shown.from.clone(), shown.to.clone(), shown.mix, look);
            }
        }
        let light = shown.map_or(0.0, |shown| shown.light);
        for handle in [Some(&self.material), self.mirror.as_ref()].into_iter().flatten() {
            let Some(mut material) = materials.get_mut(handle) else { continue };
            material.picture = self.texture.as_ref().map(|texture| texture.image.clone());
            material.form.x = light;
            material.frame.alpha = 0.25 + 0.75 * light;
        }
        self.drawn = drawn;
    }
}

/// The frame of a plane that stands alone, as a part of its height, which is `high` metres: 3 cm, thicker on large planes. It keeps
/// this part when the planes stand apart.
pub fn frame_part(high: f32) -> f32 {
    (0.012 * high).clamp(0.025, 0.06) / high
}

/// What the frame and the glass of a plane look like before anything is shown.
pub fn dark(lane: Lane, frame: Srgba, size: Vec2, is_mirror: bool) -> PlaneMaterial {
    let (mark, colour) = match lane {
        Lane::A => (1.0, theme::TRACK_A),
        Lane::B => (2.0, theme::TRACK_B),
        Lane::Difference => (3.0, theme::GUIDANCE),
    };
    PlaneMaterial {
        picture: None,
        frame: LinearRgba::from(frame).with_alpha(0.25),
        glass: theme::GLASS.into(),
        form: Vec4::new(0.0, size.x / size.y, frame_part(size.y), f32::from(is_mirror)),
        lane: LinearRgba::from(colour).to_vec4().with_w(0.0),
        mark,
        alpha_mode: if is_mirror { AlphaMode::Blend } else { AlphaMode::Opaque },
    }
}

/// Lets the planes part when a second run comes, and come together when it goes.
fn open(lanes: Lanes, time: Res<Time>, panels: Res<Panels>, mut opening: ResMut<Opening>) {
    let goal = f32::from(lanes.pair().is_some());
    let way = if panels.still { 1.0 } else { time.delta_secs() / OPENING_SECS };
    let next = opening.0 + (goal - opening.0).clamp(-way, way);
    if next != opening.0 {
        opening.0 = next;
    }
}

fn part_planes(
    opening: Res<Opening>,
    mut planes: Query<(Ref<Stand>, &MeshMaterial3d<PlaneMaterial>, &mut Transform, &mut Visibility), Without<DataPlane>>,
    mut data: Query<(Ref<Stand>, &DataPlane, &mut Transform, &mut Visibility)>,
    mut materials: ResMut<Assets<PlaneMaterial>>,
    quality: Res<Quality>,
) {
    let eased = opening.0 * opening.0 * (3.0 - 2.0 * opening.0);
    let mut place =
        |stand: &Ref<Stand>, material: &Handle<PlaneMaterial>, transform: &mut Transform, visibility: &mut Mut<Visibility>| {
            if !(opening.is_changed() || stand.is_added()) {
                return;
            }
            *transform = stand.transform(eased);
            let wanted = (stand.lane == Lane::A || eased > 0.01) && (!stand.is_mirror || quality.mirrors);
            visibility.set_if_neq(if wanted { Visibility::Inherited } else { Visibility::Hidden });
            if let Some(mut material) = materials.get_mut(material) {
                material.lane.w = eased;
            }
        };
    for (stand, plane, mut transform, mut visibility) in &mut data {
        place(&stand, &plane.material, &mut transform, &mut visibility);
    }
    for (stand, material, mut transform, mut visibility) in &mut planes {
        place(&stand, &material.0, &mut transform, &mut visibility);
    }
}

fn show_tensors(
    mut planes: Query<(&mut DataPlane, &Visibility)>,
    hall: Res<Hall>,
    lanes: Lanes,
    time: Res<TourTime>,
    mut images: ResMut<Assets<Image>>,
    mut materials: ResMut<Assets<PlaneMaterial>>,
    mut tensors: ResMut<TensorImages>,
) {
    let score = hall.score(lanes.a());
    let moment = score.moment(time.micros);
    for (mut plane, visibility) in &mut planes {
        if *visibility == Visibility::Hidden {
            continue;
        }
        let Some(run) = lanes.run(plane.lane) else { continue };
        let shown = match plane.travels {
            true => plane.source.carried(run, &score, moment),
            false => plane.source.shown(run, &score, moment),
        };
        plane.draw(run, shown, &mut images, &mut materials, &mut tensors);
    }
}

/// Mirror images cost as much as what they mirror: a slow machine does without.
fn show_mirrors(quality: Res<Quality>, opening: Res<Opening>, mut mirrors: Query<(&Stand, &mut Visibility), With<Mirror>>) {
    if !quality.is_changed() {
        return;
    }
    for (stand, mut visibility) in &mut mirrors {
        let wanted = quality.mirrors && (stand.lane == Lane::A || opening.0 > 0.01);
        visibility.set_if_neq(if wanted { Visibility::Inherited } else { Visibility::Hidden });
    }
}
