//! The workshop: makes what the stations are made of.

use bevy::camera::visibility::NoFrustumCulling;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_rich_text3d::{Text3d, Text3dBounds, Text3dStyling, TextAnchor, TextAtlas};

use super::Furniture;
use super::label::{Lettering, Line, Seen, TypeSize};
use super::material::{Matte, PlaneMaterial};
use super::plane::{DataPlane, Mirror, Stand, dark};
use super::shown::Source;
use super::spotlight::Named;
use crate::building::stone;
use crate::state::Lane;
use crate::text::Texts;
use crate::theme;
use crate::track::place::Place;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Kit>();
}

/// What everything shares.
#[derive(Resource)]
pub struct Kit {
    /// One metre square, facing +z.
    square: Handle<Mesh>,
    /// Of the vertices' own colours.
    pub matte: Handle<Matte>,
    /// For type.
    ink: Handle<Matte>,
}

impl FromWorld for Kit {
    fn from_world(world: &mut World) -> Self {
        let square = world.resource_mut::<Assets<Mesh>>().add(Rectangle::new(1.0, 1.0));
        let mut mattes = world.resource_mut::<Assets<Matte>>();
        let white = LinearRgba::WHITE;
        let matte = mattes.add(Matte { tint: white, cover: None, alpha_mode: AlphaMode::Opaque });
        let cover = Some(TextAtlas::DEFAULT_IMAGE.clone());
        let ink = mattes.add(Matte { tint: white, cover, alpha_mode: AlphaMode::Blend });
        Self { square, matte, ink }
    }
}

/// Of the names of stations that are read from afar.
const SIGN_METRES: f32 = 1.4;

/// Makes things and puts them where they belong.
#[derive(SystemParam)]
pub struct Workshop<'w, 's> {
    pub commands: Commands<'w, 's>,
    pub meshes: ResMut<'w, Assets<Mesh>>,
    pub planes: ResMut<'w, Assets<PlaneMaterial>>,
    pub mattes: ResMut<'w, Assets<Matte>>,
    pub kit: Res<'w, Kit>,
    pub texts: Res<'w, Texts>,
}

impl Workshop<'_, '_> {
    /// What stands at a place; everything that belongs to it is placed from its middle on the floor.
    pub fn station(&mut self, place: &Place) -> Entity {
        self.commands.spawn((Furniture, place.hall_from_place(), Visibility::default())).id()
    }

    /// Something of the vertices' own colours.
    pub fn thing(&mut self, root: Entity, mesh: Mesh, at: Transform) -> Entity {
        let mesh = Mesh3d(self.meshes.add(mesh));
        self.commands.spawn((mesh, MeshMaterial3d(self.kit.matte.clone()), at, ChildOf(root))).id()
    }

    /// A box of stone around `middle`.
    pub fn stone(&mut self, root: Entity, size: Vec3, middle: Vec3) -> Entity {
        self.thing(root, stone::block(size, theme::STONE), Transform::from_translation(middle))
    }

    /// A bar of light around `middle`.
    pub fn bar(&mut self, root: Entity, size: Vec3, middle: Vec3, colour: Srgba) -> Entity {
        self.thing(root, stone::glow(size, colour), Transform::from_translation(middle))
    }

    /// A plane around `at`, width by height in metres, that shows what its source has. It is mirrored in the floor. With a second run
    /// on show it makes room for B's plane and for the difference. Returns A's, B's and the difference's.
    pub fn plane(&mut self, root: Entity, source: Source, size: Vec2, frame: Srgba, at: Transform) -> [Entity; 3] {
        Lane::ALL.map(|lane| {
            let material = self.planes.add(dark(lane, frame, size, false));
            let mirror = self.planes.add(dark(lane, frame, size, true));
            let square = Mesh3d(self.kit.square.clone());
            let stand = Stand { lane, at, size, is_mirror: false };
            let below = Stand { is_mirror: true, ..stand };
            let seen = if lane == Lane::A { Visibility::Inherited } else { Visibility::Hidden };
            let mirrored = (square.clone(), MeshMaterial3d(mirror.clone()), below.transform(0.0), below, Mirror);
            self.commands.spawn((mirrored, seen, ChildOf(root)));
            let plane = DataPlane::new(source, lane, material.clone(), Some(mirror));
            self.commands.spawn((square, MeshMaterial3d(material), stand.transform(0.0), stand, plane, seen, ChildOf(root))).id()
        })
    }

    /// Gives things the name by which a tour points at them: one of [`super::spotlight::NAMES`] or a block of the UNet.
    pub fn name(&mut self, things: impl IntoIterator<Item = Entity>, name: &str) {
        for thing in things {
            self.commands.entity(thing).insert(Named::new(name.to_string()));
        }
    }

    /// A plane that travels: without a mirror image.
    pub fn traveller(&mut self, source: Source, lane: Lane, frame: Srgba) -> Entity {
        let material = self.planes.add(dark(lane, frame, Vec2::ONE, false));
        let plane = DataPlane::new(source, lane, material.clone(), None);
        let square = Mesh3d(self.kit.square.clone());
        self.commands.spawn((Furniture, square, MeshMaterial3d(material), plane, Transform::default())).id()
    }

    /// A line of type.
    pub fn label(&mut self, root: Entity, words: impl Into<String>, lettering: Lettering, at: Transform) -> Entity {
        let line = (
            Text3d::new(words.into()),
            Text3dStyling {
                size: lettering.raster_pixels(),
                font: "Inter".into(),
                weight: lettering.weight,
                align: lettering.align,
                // The crate moves the text towards its anchor, so that TOP_LEFT lies left above its place: ours is the reverse.
                anchor: TextAnchor(-lettering.anchor.0),
                line_height: 1.3,
                color: lettering.colour,
                layer_offset: 0.0,
                world_scale: Some(Vec2::splat(lettering.metres)),
                ..default()
            },
            Text3dBounds { width: lettering.width.unwrap_or(f32::MAX) },
            Mesh3d::default(),
            MeshMaterial3d(self.kit.ink.clone()),
            // The mesh changes with the words, its bounds do not.
            NoFrustumCulling,
        );
        let seen = lettering.seen.unwrap_or(Seen::within(90.0 * lettering.metres));
        self.commands.spawn((line, seen, at, Visibility::default(), ChildOf(root))).id()
    }

    /// A line of type that follows the run.
    pub fn live_label(&mut self, root: Entity, line: Line, lettering: Lettering, at: Transform) -> Entity {
        let entity = self.label(root, "", lettering, at);
        self.commands.entity(entity).insert((line, TypeSize(lettering.metres)));
        entity
    }

    /// The heading of a station: its name, what happens here, and the shape of what leaves; and its name again for the view
    /// from afar.
    pub fn heading(&mut self, root: Entity, place: &Place, colour: Srgba, shape: &str) {
        let kind = place.stop.kind();
        let (title, about) = (self.texts.say(&format!("station-{kind}")), self.texts.say(&format!("about-{kind}")));
        let (large, body) = (place.type_metres(44.0), place.type_metres(27.0));
        let left = -place.size.x / 2.0 + 0.1;
        let top = place.size.y;
        let seen = Seen::in_front_of(place);
        let heading = Lettering::title(large).from_left().seen(seen);
        self.label(root, title.clone(), heading, Transform::from_xyz(left, top, 0.0));
        let width = place.size.x - 0.2;
        let about_lettering = Lettering::body(body).from_left().within(width).seen(seen);
        self.label(root, about, about_lettering, Transform::from_xyz(left, top - 1.35 * large, 0.0));
        if !shape.is_empty() {
            let lettering = Lettering::body(body).from_right().coloured(colour).seen(seen);
            self.label(root, shape, lettering, Transform::from_xyz(-left, top - 0.3 * large, 0.0));
        }
        let mark = Vec3::new(left - 0.12, top - 0.6 * large, 0.0);
        let mark = self.bar(root, Vec3::new(0.05, 1.1 * large, 0.02), mark, colour);
        self.commands.entity(mark).insert(seen);
        let sign = Lettering::title(SIGN_METRES).coloured(colour).seen(Seen::from_elsewhere(place));
        self.label(root, title, sign, Transform::from_xyz(0.0, top + 0.5, 0.0));
    }
}
