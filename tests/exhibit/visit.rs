//! A visit to the whole hall: without a window, with a pad in hand, frame by frame.

use std::collections::{BTreeSet, HashMap};
use std::thread::sleep;
use std::time::{Duration, Instant};

use bevy::gilrs::GilrsPlugin;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::gpu_readback::{Readback, ReadbackComplete};
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::PollType;
use bevy::render::renderer::RenderDevice;
use bevy::time::TimeUpdateStrategy;
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use bevy_rich_text3d::Text3d;
use bridge::{BridgePlugin, DeviceChoice, Generation, Part, SchedulerKind, Site, TensorImage};
use exhibit::camera::FlyCameraState;
use exhibit::camera::framing::view;
use exhibit::nodes::Hall;
use exhibit::nodes::label::{Inspecting, Line};
use exhibit::nodes::material::PlaneMaterial;
use exhibit::nodes::plane::DataPlane;
use exhibit::nodes::shown::Source;
use exhibit::state::{Lane, Model, Paint, Run};
use exhibit::tour::score::{LAP_MICROS, PROLOGUE_MICROS};
use exhibit::tour::{Guide, Routes, TourTime};
use exhibit::{HallPlugin, HallSettings, Quality, Stop};
use half::f16;

use crate::hands::Hands;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/diffusion/golden/tiny-sd1");
/// Of which a step takes longer than a frame.
const BUILT_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/builtin");
/// Of the visit's own clock, in every frame.
const FRAME: Duration = Duration::from_millis(200);
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Without a screen the hall is framed for this one.
const ASPECT: f32 = 16.0 / 9.0;

pub fn generation(steps: usize) -> Generation {
    let (num_inference_steps, scheduler) = (Some(steps), Some(SchedulerKind::Ddim));
    Generation { seed: 42, num_inference_steps, guidance_scale: Some(4.5), scheduler, ..Generation::of("a painting of a boat") }
}

/// The hall, and a visitor with a pad in it.
pub struct Visit {
    pub(crate) hands: Hands,
    pad: Entity,
}

/// Where something is; of a plane, how far it is lit and with which picture.
type Seen = (Transform, Option<(f32, Option<AssetId<Image>>)>);

/// What a texture was read back as.
#[derive(Component, Default)]
struct Picture(Option<Vec<u8>>);

impl Visit {
    /// The doors open and a run of so many steps begins. No camera draws; what is seen of tensors is drawn all the same.
    pub fn open(steps: usize) -> Self {
        Self::open_with(MODEL, steps)
    }

    fn open_with(model: &str, steps: usize) -> Self {
        let windows = WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() };
        let render = RenderPlugin { synchronous_pipeline_compilation: true, ..bridge::render_plugin() };
        let plugins = DefaultPlugins.set(windows).set(render);
        let plugins = plugins.disable::<WinitPlugin>().disable::<LogPlugin>().disable::<PipelinedRenderingPlugin>();
        let device = DeviceChoice::Cpu;
        let settings = HallSettings { model: model.into(), device, generation: generation(steps), ..default() };
        let mut app = App::new();
        app.insert_resource(Quality { adapts: false, ..default() }).insert_resource(TimeUpdateStrategy::ManualDuration(FRAME));
        app.add_plugins((plugins.disable::<GilrsPlugin>(), BridgePlugin { device }, HallPlugin { settings }));
        app.finish();
        app.cleanup();
        let mut hands = Hands { app };
        let pad = hands.pad();
        let mut visit = Self { hands, pad };
        let mut cameras = visit.world().query_filtered::<&mut Camera, With<FlyCameraState>>();
        cameras.single_mut(visit.world()).unwrap().is_active = false;
        visit.wait_for("run", |run| run.started.is_some());
        visit
    }

    pub fn world(&mut self) -> &mut World {
        self.hands.app.world_mut()
    }

    pub fn the<R: Resource>(&self) -> &R {
        self.hands.app.world().resource()
    }

    pub fn frame(&mut self) {
        self.hands.app.update();
        self.the::<RenderDevice>().wgpu_device().poll(PollType::wait_indefinitely()).unwrap();
    }

    pub fn wait_for(&mut self, what: &str, is_it: impl Fn(&Run) -> bool) {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            self.frame();
            let (model, run) = (self.the::<Model>(), self.the::<Run>());
            assert!(!matches!(model, Model::Failed { .. }) && run.failure.is_none(), "{model:?}, {:?}", run.failure);
            if is_it(run) {
                return;
            }
            sleep(Duration::from_millis(5));
        }
        panic!("no {what} within {PATIENCE:?}");
    }

    /// Presses a button and lets it go.
    pub fn press(&mut self, button: GamepadButton) {
        for value in [1.0, 0.0] {
            self.hands.press(self.pad, button, value);
            self.frame();
        }
    }

    /// Lets the flight end; where the visitor then stands, which is where that stop is looked at from.
    fn arrive(&mut self) -> Stop {
        let mut cameras = self.world().query::<(&FlyCameraState, &Transform)>();
        for _ in 0..100 {
            self.frame();
            let (state, eye) = cameras.single(self.hands.app.world()).unwrap();
            if state.flight.is_none() {
                let (stop, eye) = (self.the::<Guide>().at.unwrap(), *eye);
                let wanted = view(&self.the::<Hall>().layout, stop, ASPECT).transform();
                assert!(eye.translation.distance(wanted.translation) < 1e-3, "{stop}: {eye:?} instead of {wanted:?}");
                assert!(eye.rotation.dot(wanted.rotation).abs() > 1.0 - 1e-5, "{stop}: {eye:?} instead of {wanted:?}");
                return stop;
            }
        }
        panic!("the flight does not end");
    }

    /// Stands at a stop at once, and inspects it.
    pub fn stand_at(&mut self, stop: Stop) {
        let pose = view(&self.the::<Hall>().layout, stop, ASPECT);
        let mut cameras = self.world().query::<&mut FlyCameraState>();
        let mut state = cameras.single_mut(self.world()).unwrap();
        (state.pose, state.flight, state.stop) = (pose, None, Some(stop));
        self.world().resource_mut::<Inspecting>().0 = Some(stop);
        // The eye moves, then lines are shown and written, then their type is set.
        for _ in 0..3 {
            self.frame();
        }
    }

    fn set_time(&mut self, micros: i64, playing: bool) {
        *self.world().resource_mut::<TourTime>() = TourTime { micros, playing, ..default() };
        self.frame();
    }

    /// Goes to when a step has just been made, and stays there.
    fn scrub(&mut self, step: usize) {
        let score = self.the::<Hall>().score(self.the::<Run>());
        self.set_time(score.at(Stop::Scheduler, step), false);
    }

    /// The material of A's plane that stands still and shows this.
    fn plane(&mut self, source: Source) -> PlaneMaterial {
        let mut planes = self.world().query::<&DataPlane>();
        let is_it = |plane: &&DataPlane| plane.source == source && plane.lane == Lane::A && !plane.travels;
        let handle = planes.iter(self.world()).find(is_it).unwrap().material.clone();
        self.the::<Assets<PlaneMaterial>>().get(&handle).unwrap().clone()
    }

    fn everything(&mut self) -> HashMap<Entity, Seen> {
        let mut things = self.world().query::<(Entity, &Transform, Option<&DataPlane>)>();
        let world = self.hands.app.world();
        let materials = world.resource::<Assets<PlaneMaterial>>();
        let seen = |plane: &DataPlane| {
            let material = materials.get(&plane.material).unwrap();
            (material.form.x, material.picture.as_ref().map(Handle::id))
        };
        things.iter(world).map(|(thing, at, plane)| (thing, (*at, plane.map(&seen)))).collect()
    }

    /// What a thing shows or says, and at which station.
    fn name(&self, thing: Entity) -> String {
        let world = self.hands.app.world();
        let shown = world.get::<DataPlane>(thing).map(|plane| (plane.source, plane.lane));
        let said = world.get::<Text3d>(thing).and_then(Text3d::get_single);
        let mut root = thing;
        while let Some(ChildOf(parent)) = world.get::<ChildOf>(root) {
            root = *parent;
        }
        let at = world.get::<Transform>(root);
        let place = self.the::<Hall>().layout.stations.iter().find(|place| at == Some(&place.hall_from_place()));
        format!("{thing}: {shown:?}, {said:?}, at {:?}", place.map(|place| place.stop))
    }

    /// The pixels of a texture as linear RGB and alpha, row after row.
    fn read(&mut self, picture: Handle<Image>, height: u32, width: u32) -> Vec<[f32; 4]> {
        // What was asked for before is drawn now.
        self.frame();
        let keep = |complete: On<ReadbackComplete>, mut pictures: Query<&mut Picture>| {
            if let Ok(mut picture) = pictures.get_mut(complete.entity) {
                picture.0 = Some(complete.data.clone());
            }
        };
        let reader = self.world().spawn((Readback::texture(picture), Picture::default())).observe(keep).id();
        for _ in 0..100 {
            self.frame();
            let bytes = self.world().get_mut::<Picture>(reader).unwrap().0.take();
            if let Some(bytes) = bytes {
                self.world().despawn(reader);
                // Rows of half floats, each padded to a multiple of 256 bytes.
                let rows = bytes.chunks_exact(bytes.len() / height as usize);
                assert_eq!(rows.len(), height as usize);
                let pixels = rows.flat_map(|row| row[..width as usize * 8].chunks_exact(8));
                let half = |pixel: &[u8], i: usize| f16::from_le_bytes([pixel[2 * i], pixel[2 * i + 1]]).to_f32();
                return pixels.map(|pixel| [0, 1, 2, 3].map(|i| half(pixel, i))).collect();
            }
        }
        panic!("the texture was not read back within a hundred frames");
    }

    /// The plane is lit and shows this tensor of a step as the bridge's reference says, to the precision of half floats.
    fn check_plane(&mut self, source: Source, step: usize, tensor: &TensorImage) {
        let material = self.plane(source);
        assert!(material.form.x > 0.99, "{source:?} is dark in step {step}");
        let look = source.look(tensor, self.the::<Run>(), step);
        let (size, values) = (tensor.size(), tensor.values().unwrap());
        let [width, height] = look.pixels(size);
        let drawn = self.read(material.picture.unwrap(), height, width);
        for (i, pixel) in drawn.iter().enumerate() {
            let [red, green, blue] = look.colour(size, values, [i % width as usize, i / width as usize]);
            let is_it = pixel.iter().zip([red, green, blue, 1.0]).all(|(got, wanted)| (got - wanted).abs() < 2e-3);
            assert!(is_it, "{source:?}, step {step}, pixel {i}: {pixel:?} instead of {:?}", [red, green, blue]);
        }
    }

    /// The numbers that a line of the hall says are these, or begin with these; to two decimals.
    fn check_line(&mut self, line: Line, expected: &[f64]) {
        let mut lines = self.world().query::<(&Line, &Text3d)>();
        let (_, text) = lines.iter(self.world()).find(|(other, _)| **other == line).unwrap();
        let said = text.get_single().unwrap();
        let pieces = said.split(|letter: char| !letter.is_ascii_digit() && letter != '.');
        let numbers: Vec<f64> = pieces.filter_map(|piece| piece.parse().ok()).collect();
        assert!(numbers.len() >= expected.len(), "“{said}” lacks some of {expected:?}");
        for (number, wanted) in numbers.iter().zip(expected) {
            assert!((number - wanted).abs() < 0.0052, "“{said}” says {number} instead of {wanted}");
        }
    }

    /// The same of what a station says when the visitor inspects it.
    fn check_inspected(&mut self, stop: Stop, expected: &[f64]) {
        self.world().resource_mut::<Guide>().call(stop);
        assert_eq!(self.arrive(), stop);
        self.press(GamepadButton::South);
        self.check_line(Line::Inspect(stop), expected);
    }
}

#[test]
fn a_pad_alone_leads_along_the_tours_to_every_stop() {
    let mut visit = Visit::open(3);
    let shape = visit.the::<Hall>().shape.clone();
    let mut seen = Vec::new();
    for (place, route) in visit.the::<Routes>().all.clone().into_iter().enumerate() {
        let tour: Vec<Stop> = route.through(&shape).stops.iter().map(|stop| stop.stop).collect();
        let mut visited = Vec::new();
        if place == 0 {
            // The doors open there.
            visited.push(visit.arrive());
        } else {
            // Back to the view over the hall, where the dial turns to the next tour.
            visit.press(GamepadButton::Select);
            assert_eq!(visit.arrive(), Stop::Hall);
            visit.press(GamepadButton::DPadUp);
        }
        assert_eq!(visit.the::<Routes>().chosen, place);
        while visited.len() < tour.len() {
            visit.press(GamepadButton::RightTrigger);
            visited.push(visit.arrive());
        }
        assert_eq!(visited, tour);
        seen.extend(visited);
    }
    for stop in Stop::all(&shape) {
        assert!(seen.contains(&stop), "no tour leads to {stop}");
    }
}

#[test]
fn a_pause_stops_everything_while_the_engine_computes_on() {
    let mut visit = Visit::open_with(BUILT_IN, 3);
    assert_eq!(visit.arrive(), Stop::Hall);
    visit.world().write_message(Paint(generation(100)));
    visit.wait_for("second step", |run| (2..100).contains(&run.steps.len()));
    let micros = PROLOGUE_MICROS + LAP_MICROS * 7 / 5;
    visit.set_time(micros, true);
    assert!(visit.the::<TourTime>().micros > micros, "until the pause the tour plays");
    visit.press(GamepadButton::West);
    visit.frame();
    let (frozen, time) = (visit.everything(), visit.the::<TourTime>().clone());
    let computed = visit.the::<Run>().steps.len();
    assert!(!time.playing && computed < 90, "{computed} steps are computed before the pause: paint more");
    let (start, mut frames) = (Instant::now(), 0);
    while frames < 20 || visit.the::<Run>().steps.len() < computed + 3 {
        assert!(start.elapsed() < PATIENCE, "the engine stands still, too");
        visit.frame();
        frames += 1;
        assert_eq!(*visit.the::<TourTime>(), time);
        let now = visit.everything();
        let things = frozen.keys().chain(now.keys()).filter(|thing| frozen.get(*thing) != now.get(*thing));
        let moved: BTreeSet<String> = things.map(|&thing| visit.name(thing)).collect();
        assert!(moved.is_empty(), "after {frames} frames have changed: {moved:#?}");
    }
}

#[test]
fn scrubbing_shows_exactly_the_tensors_that_were_kept() {
    let mut visit = Visit::open(5);
    visit.wait_for("picture", |run| run.picture.is_some());
    let block = visit.the::<Hall>().shape.blocks[1].block;
    let run = visit.the::<Run>().clone();
    for step in [4, 1, 3, 0, 2] {
        visit.scrub(step);
        let made = &run.steps[step];
        let features = run.features(step, Site::Unet(block, Part::Output)).unwrap();
        visit.check_plane(Source::LatentAfter, step, &made.latent);
        visit.check_plane(Source::NoisePred, step, &made.noise_pred);
        visit.check_plane(Source::Block(block), step, features);
        visit.check_plane(Source::StepLatent(step), step, &made.latent);
        for later in step + 1..run.step_count() {
            assert_eq!(visit.plane(Source::StepLatent(later)).form.x, 0.0, "step {later} hangs there in step {step}");
        }
    }
    // Colours are made only now, of what was kept.
    let site = Site::Unet(block, Part::Output);
    assert!((0..5).all(|step| run.colours(step, site).is_none()));
    visit.world().resource_mut::<Guide>().call(Stop::Block(block));
    assert_eq!(visit.arrive(), Stop::Block(block));
    visit.press(GamepadButton::DPadUp);
    visit.wait_for("colours", |run| (0..5).all(|step| run.colours(step, site).is_some()));
    let run = visit.the::<Run>().clone();
    for step in [4, 0, 2] {
        visit.scrub(step);
        visit.check_plane(Source::BlockColours(block), step, &run.colours(step, site).unwrap().colours);
    }
}

/// ‖x‖
fn length(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt()
}

/// ᾱ of Stable Diffusion: the product of 1 − β up to a timestep, √β growing evenly from √0.00085 to √0.012.
fn alpha_cumprod(timestep: f32) -> f64 {
    let root = |at: usize| 0.00085f64.sqrt() + (0.012f64.sqrt() - 0.00085f64.sqrt()) * at as f64 / 999.0;
    (0..=timestep as usize).map(|at| 1.0 - root(at).powi(2)).product()
}

#[test]
fn lines_say_the_numbers_of_the_run() {
    let mut visit = Visit::open(5);
    visit.wait_for("picture", |run| run.picture.is_some());
    visit.scrub(2);
    let run = visit.the::<Run>().clone();
    let (started, values) = (run.started.clone().unwrap(), |tensor: &TensorImage| tensor.values().unwrap().to_vec());
    let [_, tokens, hidden] = started.prompt_embeds.size();
    let mean = values(&started.prompt_embeds).chunks(hidden).map(length).sum::<f64>() / tokens as f64;
    let [before, after] = [1, 2].map(|step| length(&values(&run.steps[step].latent)));
    let [alpha, next] = [2, 3].map(|step| alpha_cumprod(started.timesteps[step]));
    let sigma = ((1.0 - alpha) / alpha).sqrt();

    visit.check_line(Line::Seed, &[42.0]);
    visit.check_line(Line::Timestep, &[401.0]);
    visit.check_line(Line::Stair, &[3.0, 5.0, 401.0, sigma]);
    visit.check_line(Line::GuidanceScale, &[4.5, 4.0, 8.0, 8.0]);
    visit.check_inspected(Stop::Noise, &[4.0, 8.0, 8.0, 256.0, 42.0, length(&values(&started.noise))]);
    visit.check_inspected(Stop::TextEncoder, &[tokens as f64, hidden as f64, mean]);
    visit.check_inspected(Stop::Unet, &[401.0, f64::from(run.steps[2].seconds)]);
    visit.check_inspected(Stop::Guidance, &[4.5, 4.0, 8.0, 8.0]);
    // The 1 stands in √(1 − ᾱ).
    visit.check_inspected(Stop::Scheduler, &[before, after, 1.0, next.sqrt(), (1.0 - next).sqrt()]);
    visit.set_time(visit.the::<Hall>().score(&run).end(), false);
    visit.check_line(Line::Print, &[42.0, 5.0, 4.5]);
}
