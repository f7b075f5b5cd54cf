//! A snapshot: the hall without a window, rendered into pictures, exactly as a visitor would see it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy::app::SubApps;
use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::TextureFormat;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use bridge::BridgePlugin;
use image::RgbImage;

use crate::camera::FlyCameraState;
use crate::camera::framing::view;
use crate::nodes::Hall;
use crate::panels::Panels;
use crate::state::{Beside, Model, Pair, Run};
use crate::tour::route::RouteError;
use crate::tour::{Route, TourTime};
use crate::{HallError, HallPlugin, HallSettings, Quality, Stop, stops};

/// A picture to take.
#[derive(Clone, Debug, PartialEq)]
pub struct Shot {
    /// The name of a stop; without one the view over the hall.
    pub stop: Option<String>,
    /// The step of the run, counted from 0; without one the run is over.
    pub step: Option<usize>,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// A PNG file.
    pub output: PathBuf,
    /// So much of the tour that ends there, as an animated PNG.
    pub film: Option<Film>,
}

/// How a stretch of the tour is pictured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Film {
    /// Of tour time.
    pub seconds: f32,
    pub frames_per_second: u16,
}

impl Film {
    /// How far before its end each frame is, in microseconds of tour time.
    fn before_end(self) -> impl DoubleEndedIterator<Item = i64> {
        let frames = (self.seconds * f32::from(self.frames_per_second)).round().max(1.0) as i64;
        let each = 1_000_000 / i64::from(self.frames_per_second.max(1));
        (0..frames).rev().map(move |frame| frame * each)
    }
}

/// A picture of every stop of the tour of two minutes, which every hall has, the run being over, as numbered files in a folder.
///
/// # Errors
/// If the tour cannot be read.
pub fn tour_shots(folder: &Path, size: [u32; 2]) -> Result<Vec<Shot>, RouteError> {
    let stops = Route::two_minutes()?.stops.into_iter().map(|stop| stop.stop);
    let shot = |(place, stop): (usize, Stop)| Shot {
        stop: Some(stop.to_string()),
        step: None,
        size,
        output: folder.join(format!("{:02}-{stop}.png", place + 1)),
        film: None,
    };
    Ok(stops.enumerate().map(shot).collect())
}

/// Loads the model, paints, and takes the pictures, in one go and without a window.
///
/// # Errors
/// If the model cannot be loaded, a shot asks for what there is not, or a file cannot be written.
pub fn snapshot(settings: &HallSettings, shots: &[Shot], progress: &mut dyn FnMut(String)) -> Result<(), HallError> {
    for shot in shots {
        stop_of(shot)?;
    }
    let mut studio = Studio::open(settings, Quality { adapts: false, ..default() });
    studio.load(progress)?;
    for shot in shots {
        studio.take(shot, progress)?;
    }
    Ok(())
}

/// The stop that a shot names, whatever the model.
fn stop_of(shot: &Shot) -> Result<Stop, HallError> {
    let name = shot.stop.as_deref().unwrap_or("hall");
    name.parse()
        .map_err(|_| HallError::UnknownStop { stop: name.to_string(), valid: Stop::NAMES.map(ToString::to_string).to_vec() })
}

/// Frames after which everything stands still: textures drawn, letters in their atlas, panels laid out.
pub(crate) const SETTLING_FRAMES: usize = 6;
/// Frames within which a picture must have come back from the device.
const MOST_FRAMES: usize = 60;
/// Between looks at what the engine has reported; what the processor has is better spent on computing.
pub(crate) const WAIT: Duration = Duration::from_millis(40);

/// The hall, driven frame by frame.
pub(crate) struct Studio {
    apps: SubApps,
    camera: Entity,
}

impl Studio {
    pub(crate) fn open(settings: &HallSettings, quality: Quality) -> Self {
        let windows = WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() };
        // A picture must not lack what has not been compiled yet.
        let render = RenderPlugin { synchronous_pipeline_compilation: true, ..bridge::render_plugin() };
        let plugins = DefaultPlugins.set(windows).set(render);
        let mut app = App::new();
        app.add_plugins(
            plugins.disable::<WinitPlugin>().disable::<PipelinedRenderingPlugin>().disable::<bevy::gilrs::GilrsPlugin>(),
        );
        app.insert_resource(quality);
        app.add_plugins((BridgePlugin { device: settings.device }, HallPlugin { settings: settings.clone() }));
        app.insert_resource(Panels { still: true, ..default() });
        app.finish();
        app.cleanup();
        let mut studio = Self { apps: std::mem::take(app.sub_apps_mut()), camera: Entity::PLACEHOLDER };
        studio.frame();
        let mut cameras = studio.world().query_filtered::<Entity, With<FlyCameraState>>();
        studio.camera = cameras.single(studio.apps.main.world()).unwrap_or(Entity::PLACEHOLDER);
        studio.set_active(false);
        studio
    }

    pub(crate) fn world(&mut self) -> &mut World {
        self.apps.main.world_mut()
    }

    pub(crate) fn frame(&mut self) {
        self.apps.update();
    }

    /// A camera that is not active costs nothing.
    fn set_active(&mut self, active: bool) {
        let camera = self.camera;
        if let Some(mut camera) = self.world().get_mut::<Camera>(camera) {
            camera.is_active = active;
        }
    }

    /// Lets the engine work until it has reported what is wanted.
    fn wait_until(&mut self, mut done: impl FnMut(&Model, &Run, Option<&Pair>) -> bool) -> Result<(), HallError> {
        loop {
            self.frame();
            self.check()?;
            let world = self.apps.main.world();
            if done(world.resource::<Model>(), world.resource::<Run>(), world.resource::<Beside>().0.as_ref()) {
                return Ok(());
            }
            std::thread::sleep(WAIT);
        }
    }

    /// Whether the engine has reported no failure.
    pub(crate) fn check(&self) -> Result<(), HallError> {
        let world = self.apps.main.world();
        let (model, run, pair) = (world.resource::<Model>(), world.resource::<Run>(), world.resource::<Beside>().0.as_ref());
        match (model, run.failure.as_ref().or(pair.and_then(|pair| pair.b.failure.as_ref()))) {
            (Model::Failed { message }, _) | (_, Some(message)) => Err(HallError::Engine { message: message.clone() }),
            _ => Ok(()),
        }
    }

    pub(crate) fn load(&mut self, progress: &mut dyn FnMut(String)) -> Result<(), HallError> {
        let mut said = String::new();
        self.wait_until(|model, run, _| {
            if let Model::Loading { what, fraction } = model
                && said != *what
            {
                said.clone_from(what);
                progress(format!("loading {what} ({:.0} %)", 100.0 * fraction));
            }
            run.started.is_some()
        })
    }

    /// Takes one picture.
    fn take(&mut self, shot: &Shot, progress: &mut dyn FnMut(String)) -> Result<(), HallError> {
        let stop = stop_of(shot)?;
        let hall = self.world().resource::<Hall>().clone();
        if !Stop::all(&hall.shape).contains(&stop) {
            return Err(HallError::UnknownStop { stop: stop.to_string(), valid: stops(&hall.shape) });
        }
        let steps = self.world().resource::<Run>().step_count();
        if let Some(step) = shot.step.filter(|&step| step >= steps) {
            return Err(HallError::UnknownStep { step, steps });
        }
        let mut said = None;
        self.wait_until(|_, run, pair| {
            let done = (run.steps.len(), pair.map(|pair| (pair.b.steps.len(), pair.b.step_count())));
            if said != Some(done) {
                said = Some(done);
                let beside = done.1.map(|(done, steps)| format!(", beside it {done} of {steps}")).unwrap_or_default();
                progress(format!("{stop}: {} of {steps} steps computed{beside}", done.0));
            }
            is_computed(shot.step, run, pair)
        })?;
        let pictures = self.render(&hall, stop, shot, progress)?;
        write(&pictures, shot)?;
        progress(format!("{} written", shot.output.display()));
        Ok(())
    }

    /// Stands at a stop and looks at it; from now on each frame is drawn into an image of this size.
    pub(crate) fn look_at(&mut self, hall: &Hall, stop: Stop, [width, height]: [u32; 2]) -> Handle<Image> {
        let target = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
        let target = self.world().resource_mut::<Assets<Image>>().add(target);
        let pose = view(&hall.layout, stop, width as f32 / height as f32);
        let camera = self.camera;
        let mut entity = self.world().entity_mut(camera);
        entity.insert(RenderTarget::from(target.clone()));
        if let Some(mut state) = entity.get_mut::<FlyCameraState>() {
            (state.pose, state.flight, state.stop) = (pose, None, Some(stop));
        }
        self.set_active(true);
        target
    }

    /// What the shot asks for: one picture, or the frames of its film.
    fn render(
        &mut self,
        hall: &Hall,
        stop: Stop,
        shot: &Shot,
        progress: &mut dyn FnMut(String),
    ) -> Result<Vec<RgbImage>, HallError> {
        let end = hall.score(self.world().resource::<Run>()).pictured_at(stop, shot.step);
        let times: Vec<i64> = match shot.film {
            Some(film) => film.before_end().map(|before| (end - before).max(0)).collect(),
            None => vec![end],
        };
        let target = self.look_at(hall, stop, shot.size);
        let mut pictures = Vec::new();
        for micros in &times {
            *self.world().resource_mut::<TourTime>() = TourTime { micros: *micros, playing: false, ..default() };
            for _ in 0..SETTLING_FRAMES {
                self.frame();
            }
            pictures.push(self.catch(&target, shot)?);
            if times.len() > 1 {
                progress(format!("frame {} of {}", pictures.len(), times.len()));
            }
        }
        self.set_active(false);
        self.world().resource_mut::<Assets<Image>>().remove(&target);
        Ok(pictures)
    }

    /// What is drawn now.
    fn catch(&mut self, target: &Handle<Image>, shot: &Shot) -> Result<RgbImage, HallError> {
        let caught: Arc<Mutex<Option<Image>>> = Arc::default();
        let catch = caught.clone();
        self.world().spawn(Screenshot::image(target.clone())).observe(move |captured: On<ScreenshotCaptured>| {
            if let Ok(mut image) = catch.lock() {
                *image = Some(captured.image.clone());
            }
        });
        for _ in 0..MOST_FRAMES {
            self.frame();
            if let Some(image) = caught.lock().ok().and_then(|mut image| image.take()) {
                let picture = image.try_into_dynamic().map_err(|why| not_written(&shot.output, why.to_string()))?;
                // What lies behind the hall is nothing: the picture is opaque.
                return Ok(picture.to_rgb8());
            }
            std::thread::sleep(WAIT / 4);
        }
        Err(HallError::NoFrame)
    }
}

/// Whether all runs have come as far as a step of the first, or without one to their pictures.
fn is_computed(step: Option<usize>, run: &Run, pair: Option<&Pair>) -> bool {
    let steps = run.step_count();
    let has_come = |of: &Run| match step {
        Some(step) => of.steps.len() > of.step_like(step, steps),
        None => of.picture.is_some(),
    };
    let Some(Pair { b, difference, .. }) = pair else { return has_come(run) };
    // Steps that only the longer run has, and pictures of two sizes, have no difference.
    let has_difference = match step {
        Some(_) => difference.steps.len() >= b.steps.len().min(steps),
        None => difference.picture.is_some() || b.picture_numbers.shape != run.picture_numbers.shape,
    };
    has_come(run) && has_come(b) && has_difference
}

fn not_written(path: &Path, why: String) -> HallError {
    HallError::Write { path: path.to_path_buf(), why }
}

/// Writes a PNG, of several pictures an animated one that plays for ever.
fn write(pictures: &[RgbImage], shot: &Shot) -> Result<(), HallError> {
    let path = &shot.output;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|why| not_written(path, why.to_string()))?;
    }
    let file = std::fs::File::create(path).map_err(|why| not_written(path, why.to_string()))?;
    encode(std::io::BufWriter::new(file), pictures, shot).map_err(|why| not_written(path, why.to_string()))
}

fn encode(file: impl std::io::Write, pictures: &[RgbImage], shot: &Shot) -> Result<(), png::EncodingError> {
    let [width, height] = shot.size;
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    if let Some(film) = shot.film.filter(|_| pictures.len() > 1) {
        encoder.set_animated(pictures.len() as u32, 0)?;
        encoder.set_frame_delay(1, film.frames_per_second)?;
    }
    let mut writer = encoder.write_header()?;
    for picture in pictures {
        writer.write_image_data(picture.as_raw())?;
    }
    writer.finish()
}
