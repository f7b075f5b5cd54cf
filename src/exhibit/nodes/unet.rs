//! UNet: a U-shaped building. Every block is a gate with its feature maps; skip connections are bridges overhead; the timestep
//! is the light on every gate.

use bevy::prelude::*;
use bridge::{Block, SkipShape};

use super::Hall;
use super::label::{InspectOnly, Lettering, Line, Seen, TypeSize, inspect_line};
use super::leaf::{GatePlane, LeafCaption};
use super::material::Matte;
use super::shown::Source;
use super::workshop::Workshop;
use crate::HallSystems;
use crate::building::stone;
use crate::state::Run;
use crate::stop::Stop;
use crate::text;
use crate::theme;
use crate::tour::score::Moment;
use crate::tour::time::TourTime;
use crate::track::place::{GATE_PITCH, Gate, Layout, Place};
use crate::track::rail::Rail;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<TimeLight>()
        .add_systems(Update, tint_time_light.in_set(HallSystems::Animate).run_if(resource_exists::<Hall>));
}

/// The light of the timestep, on all gates the same.
#[derive(Resource)]
struct TimeLight(Handle<Matte>);

impl FromWorld for TimeLight {
    fn from_world(world: &mut World) -> Self {
        let tint = theme::dimmed(theme::NOISE, 0.3).into();
        Self(world.resource_mut::<Assets<Matte>>().add(Matte { tint, cover: None, alpha_mode: AlphaMode::Opaque }))
    }
}

/// On a gate that waits to be given the light.
#[derive(Component)]
pub(super) struct TimeLamp;

const DEPTH: f32 = 1.6;

pub(super) fn build(workshop: &mut Workshop, root: Entity, place: &Place, hall: &Hall) {
    let layout = &hall.layout;
    workshop.heading(root, place, theme::FEATURE, &text::shape(&hall.shape.latent));
    let (width, height) = (place.size.x, place.size.y);
    let lettering = Lettering::title(place.type_metres(34.0)).from_left();
    workshop.live_label(
        root,
        Line::Step,
        lettering,
        Transform::from_xyz(-width / 2.0 + 0.1, height - place.type_metres(112.0), 0.0),
    );
    let lettering = Lettering::title(place.type_metres(34.0)).from_right().coloured(theme::PICTURE);
    workshop.live_label(
        root,
        Line::Timestep,
        lettering,
        Transform::from_xyz(width / 2.0 - 0.1, height - place.type_metres(112.0), 0.0),
    );

    for gate in &layout.gates {
        raise_gate(workshop, root, gate);
    }
    let door = |workshop: &mut Workshop, source: Source, key: &str, colour: Srgba, middle: Vec3| {
        raise_plinth(workshop, root, middle, layout.door_metres);
        let at = Transform::from_translation(middle);
        let planes = workshop.plane(root, source, Vec2::splat(layout.door_metres), colour, at);
        workshop.name(planes, &key.replace('-', "."));
        let words = workshop.texts.say(key);
        label_plinth(workshop, root, middle, layout.door_metres, &words, &text::shape(&hall.shape.latent), colour);
    };
    door(workshop, Source::LatentIn, "unet-in", theme::LATENT, layout.entrance);
    door(workshop, Source::UnetOut, "unet-out", theme::NOISE, layout.exit);

    for (skip, tensors) in bridges(&hall.shape.skips) {
        let Some(rail) = bridge(layout, skip.from, skip.to) else { continue };
        let mesh = rail.tube(0.028 + 0.014 * tensors as f32, theme::dimmed(theme::FEATURE, 0.42));
        let bridge = workshop.thing(root, mesh, Transform::IDENTITY);
        workshop.name([bridge], "unet.skips");
    }
    lay_text_rail(workshop, root, layout);
    inspect_line(workshop, root, place, Line::Inspect(Stop::Unet));
}

/// The skip connections, those between the same two blocks taken together, with how many tensors they carry.
pub fn bridges(skips: &[SkipShape]) -> Vec<(SkipShape, usize)> {
    let mut bridges: Vec<(SkipShape, usize)> = Vec::new();
    for skip in skips {
        match bridges.iter_mut().find(|(other, _)| (other.from, other.to) == (skip.from, skip.to)) {
            Some((_, tensors)) => *tensors += 1,
            None => bridges.push((skip.clone(), 1)),
        }
    }
    bridges
}

/// The way of a skip connection in the UNet's place, from above one gate to above another; `None` leaves the entrance.
pub fn bridge(layout: &Layout, from: Option<Block>, to: Block) -> Option<Rail> {
    let above = |block: Block| {
        let gate = layout.gates.iter().find(|gate| gate.shape.block == block)?;
        Some(gate.plane_centre + Vec3::Y * (gate.plane_metres / 2.0 + 0.16))
    };
    let start = match from {
        Some(block) => above(block)?,
        None => layout.entrance + Vec3::Y * (layout.door_metres / 2.0 + 0.16),
    };
    let end = above(to)?;
    Some(Rail::arch(start, end, 0.35 + 0.085 * start.distance(end)))
}

fn raise_gate(workshop: &mut Workshop, root: Entity, gate: &Gate) {
    let (middle, side) = (gate.plane_centre, gate.plane_metres);
    raise_plinth(workshop, root, middle, side);
    workshop.stone(root, Vec3::new(side + 0.3, side + 0.22, 0.3), middle + Vec3::new(0.0, 0.05, -0.18));
    let at = Transform::from_translation(middle);
    let planes = workshop.plane(root, Source::Block(gate.shape.block), Vec2::splat(side), theme::FEATURE, at);
    workshop.name(planes, &gate.shape.block.to_string());
    for plane in planes {
        workshop.commands.entity(plane).insert(GatePlane(gate.shape.block));
    }
    let lamp = stone::glow(Vec3::new(side * 0.7, 0.05, 0.3), Srgba::WHITE);
    let lamp = workshop.thing(root, lamp, Transform::from_translation(middle + Vec3::new(0.0, side / 2.0 + 0.18, -0.15)));
    workshop.commands.entity(lamp).insert(TimeLamp);
    workshop.name([lamp], "unet.time");
    let name = gate.shape.block.to_string();
    let name = name.strip_prefix("unet.").unwrap_or(&name).to_string();
    label_plinth(workshop, root, middle, side, &name, &text::shape(&gate.shape.output), theme::FEATURE);
    let small = Lettering::body(0.14).within(plinth_width() - 0.3).seen(Seen::within(1.6 * gate.place.reading_metres()));
    let line = |below: f32| Transform::from_xyz(middle.x, middle.y - side / 2.0 - 0.06 - below, DEPTH / 2.0 + 0.03);
    let caption = workshop.label(root, "", small.coloured(theme::INK), line(0.80));
    workshop.commands.entity(caption).insert(LeafCaption(gate.shape.block));
    let inspected = workshop.label(root, "", small, line(0.99));
    let what = Line::Inspect(gate.place.stop);
    workshop.commands.entity(inspected).insert((what, TypeSize(small.metres), InspectOnly(gate.place.stop)));
    if gate.shape.transformers > 0 {
        let top = middle.y - side / 2.0 - 0.1;
        let riser = Vec3::new(0.06, top, 0.06);
        let x = middle.x - plinth_width() / 2.0 + 0.12;
        workshop.bar(root, riser, Vec3::new(x, top / 2.0, DEPTH / 2.0 + 0.02), theme::dimmed(theme::TEXT, 0.75));
    }
}

fn plinth_width() -> f32 {
    GATE_PITCH - 0.22
}

/// From the floor to just under a plane.
fn raise_plinth(workshop: &mut Workshop, root: Entity, middle: Vec3, side: f32) {
    let top = middle.y - side / 2.0 - 0.06;
    workshop.stone(root, Vec3::new(plinth_width(), top, DEPTH), Vec3::new(middle.x, top / 2.0, 0.0));
    let edge = Vec3::new(plinth_width(), 0.03, 0.03);
    workshop.bar(root, edge, Vec3::new(middle.x, top, DEPTH / 2.0), theme::EDGE);
}

fn label_plinth(workshop: &mut Workshop, root: Entity, middle: Vec3, side: f32, name: &str, shape: &str, colour: Srgba) {
    let top = middle.y - side / 2.0 - 0.06;
    let at = |below: f32| Transform::from_xyz(middle.x, top - below, DEPTH / 2.0 + 0.03);
    workshop.label(root, name, Lettering::title(0.40).coloured(colour).seen(Seen::within(46.0)), at(0.1));
    workshop.label(root, shape, Lettering::body(0.24), at(0.53));
}

/// The prompt's way along the foot of the building to the blocks that listen to it.
fn lay_text_rail(workshop: &mut Workshop, root: Entity, layout: &Layout) {
    let listening: Vec<f32> =
        layout.gates.iter().filter(|gate| gate.shape.transformers > 0).map(|gate| gate.plane_centre.x).collect();
    let (Some(&first), Some(&last)) = (listening.first(), listening.last()) else { return };
    let aside = plinth_width() / 2.0 - 0.12;
    let points =
        [layout.entrance.x - GATE_PITCH / 2.0, first - aside, last - aside].map(|x| Vec3::new(x, 0.02, DEPTH / 2.0 + 0.12));
    let strip = Rail::through(&points).strip(0.10, theme::dimmed(theme::TEXT, 0.75));
    let rail = workshop.thing(root, strip, Transform::IDENTITY);
    workshop.name([rail], "unet.words");
}

fn tint_time_light(
    light: Res<TimeLight>,
    hall: Res<Hall>,
    run: Res<Run>,
    time: Res<TourTime>,
    waiting: Query<Entity, With<TimeLamp>>,
    mut commands: Commands,
    mut mattes: ResMut<Assets<Matte>>,
) {
    for lamp in &waiting {
        commands.entity(lamp).insert(MeshMaterial3d(light.0.clone())).remove::<TimeLamp>();
    }
    let timesteps = run.started.as_ref().map_or(&[][..], |started| &started.timesteps);
    let tint = match hall.score(&run).moment(time.micros) {
        Moment::Lap { step, .. } => timesteps.get(step).map(|&timestep| theme::time_light(timestep)),
        Moment::Prologue(_) => None,
        Moment::Epilogue(_) => Some(theme::time_light(0.0)),
    };
    let tint: LinearRgba = tint.unwrap_or(theme::dimmed(theme::NOISE, 0.3)).into();
    let stale = mattes.get(&light.0).is_some_and(|matte| matte.tint != tint);
    if let Some(mut matte) = mattes.get_mut(&light.0).filter(|_| stale) {
        matte.tint = tint;
    }
}
