//! The building: the floor and the walls around the track.

mod light;
pub mod stone;

use bevy::prelude::*;

use crate::HallSystems;
use crate::nodes::label::{Lettering, Seen};
use crate::nodes::material::FloorMaterial;
use crate::nodes::workshop::Workshop;
use crate::nodes::{Furniture, Hall, Raised};
use crate::text;
use crate::theme;
use crate::track::place::{Row, WALL_BEHIND};

pub(crate) fn plugin(app: &mut App) {
    app.insert_resource(ClearColor(theme::VOID.into()))
        .add_plugins(light::plugin)
        .add_systems(Update, (lay_floor, raise_walls, hang_sign).in_set(HallSystems::Animate).run_if(on_message::<Raised>));
}

const WALL_METRES: f32 = 20.0;

fn lay_floor(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut floors: ResMut<Assets<FloorMaterial>>,
    hall: Res<Hall>,
) {
    let [left, back, right] = &hall.layout.rows;
    let middle = Vec2::new((left.centre.x + right.centre.x) / 2.0, (back.centre.z + left.centre.z + right.centre.z) / 3.0);
    let reach = back.width * 0.5 + left.width.max(right.width);
    let floor = FloorMaterial {
        lines: theme::GRID.into(),
        glow: LinearRgba::from(theme::STONE) * 0.35,
        form: Vec4::new(middle.x, middle.y, reach, 2.0),
    };
    commands.spawn((
        Furniture,
        Mesh3d(meshes.add(Plane3d::default().mesh().size(4.0 * reach, 4.0 * reach))),
        MeshMaterial3d(floors.add(floor)),
        Transform::from_xyz(middle.x, 0.0, middle.y),
    ));
}

/// A wall behind every row, lit from its foot, with pillars.
fn raise_walls(mut workshop: Workshop, hall: Res<Hall>) {
    for Row { centre, yaw_radians, width } in hall.layout.rows {
        let at = Transform::from_translation(centre).with_rotation(Quat::from_rotation_y(yaw_radians));
        let root = workshop.commands.spawn((Furniture, at, Visibility::default())).id();
        let length = width + 5.0;
        let curtain = stone::curtain(length, WALL_METRES, theme::dimmed(theme::STONE, 0.8), theme::VOID);
        workshop.thing(root, curtain, Transform::from_xyz(0.0, WALL_METRES / 2.0, -WALL_BEHIND));
        let pillars = (length / 4.5).round().max(1.0) as usize;
        for pillar in 0..=pillars {
            let x = (pillar as f32 / pillars as f32 - 0.5) * length;
            let ribbon = stone::curtain(0.35, WALL_METRES * 0.9, theme::dimmed(theme::EDGE, 0.5), theme::VOID);
            workshop.thing(root, ribbon, Transform::from_xyz(x, WALL_METRES * 0.45, -WALL_BEHIND + 0.1));
        }
        workshop.bar(root, Vec3::new(length, 0.08, 0.04), Vec3::new(0.0, 0.04, -WALL_BEHIND + 0.1), theme::EDGE);
    }
}

/// The name of the hall and of the model in it, for the view over everything.
fn hang_sign(mut workshop: Workshop, hall: Res<Hall>) {
    let top = hall.layout.stations.iter().map(|place| place.size.y).fold(0.0, f32::max) + 4.4;
    let root = workshop.commands.spawn((Furniture, Transform::from_xyz(0.0, top, -1.0), Visibility::default())).id();
    let far = Seen::beyond(45.0);
    let name = workshop.texts.say("hall-name");
    workshop.label(root, name, Lettering::title(1.9).seen(far), Transform::IDENTITY);
    let shape = &hall.shape;
    let model = [("name", shape.name.clone()), ("parameters", text::count(shape.parameters)), ("device", hall.device.clone())];
    let model = workshop.texts.say_with("hall-model", &model);
    workshop.label(root, model, Lettering::body(0.95).seen(far), Transform::from_xyz(0.0, -2.5, 0.0));
}
