//! A hall without a window, for tests: Bevy and burn on one device, and textures that can be read back.

use bevy::app::PluginsState;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::gpu_readback::{Readback, ReadbackComplete};
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::PollType;
use bevy::render::renderer::RenderDevice;
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use bridge::{BridgePlugin, DeviceChoice, Engine, Layout, Look, Report, SharedDevice, TensorImage, TensorImages};
use burn_wgpu::WgpuDevice;
use half::f16;

pub struct Hall(App);

/// What a texture was read back as.
#[derive(Component, Default)]
struct Picture(Option<Vec<u8>>);

impl Hall {
    /// Shaders are compiled at once, so that what is asked for is drawn in the next frame.
    pub fn open(device: DeviceChoice) -> Self {
        Self::open_with(device, true)
    }

    pub fn open_with(device: DeviceChoice, synchronous_pipeline_compilation: bool) -> Self {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
        assert!(!adapters.is_empty(), "this test draws, and no graphics adapter was found: install mesa-vulkan-drivers");

        crate::devices::settle();
        let window = WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() };
        let render = RenderPlugin { synchronous_pipeline_compilation, ..bridge::render_plugin() };
        let mut app = App::new();
        app.add_plugins((
            DefaultPlugins
                .set(window)
                .set(render)
                .disable::<WinitPlugin>()
                .disable::<LogPlugin>()
                .disable::<PipelinedRenderingPlugin>(),
            BridgePlugin { device },
        ));
        assert_eq!(app.plugins_state(), PluginsState::Ready);
        app.finish();
        app.cleanup();
        Self(app)
    }

    /// The device that burn shares with Bevy.
    pub fn gpu(&self) -> WgpuDevice {
        self.0.world().resource::<SharedDevice>().0.clone()
    }

    /// How the app ended, if it did.
    pub fn exit(&self) -> Option<AppExit> {
        self.0.should_exit()
    }

    /// Does what wgpu does not allow.
    pub fn fault(&mut self) {
        let device = self.0.world().resource::<RenderDevice>().wgpu_device();
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::STORAGE;
        let endless = wgpu::BufferDescriptor { label: None, size: u64::MAX / 2, usage, mapped_at_creation: false };
        let _refused = device.create_buffer(&endless);
    }

    pub fn engine(&self) -> &Engine {
        self.0.world().resource()
    }

    /// Draws a frame and waits for it.
    pub fn frame(&mut self) {
        self.0.update();
        let device = self.0.world().resource::<RenderDevice>().wgpu_device();
        device.poll(PollType::wait_indefinitely()).unwrap();
    }

    pub fn texture(&mut self, size: [usize; 3], look: Look) -> Handle<Image> {
        TensorImages::create(&mut self.0.world_mut().resource_mut(), size, &look, false)
    }

    pub fn show(&mut self, texture: &Handle<Image>, tensor: &TensorImage, look: Look) {
        self.0.world_mut().resource_mut::<TensorImages>().show(texture, tensor.clone(), look);
    }

    pub fn show_mix(&mut self, texture: &Handle<Image>, from: &TensorImage, to: &TensorImage, mix: f32, look: Look) {
        self.0.world_mut().resource_mut::<TensorImages>().show_mix(texture, from.clone(), to.clone(), mix, look);
    }

    /// The pixels of a texture as linear RGB and alpha, row after row.
    pub fn read(&mut self, texture: &Handle<Image>, [width, height]: [u32; 2]) -> Vec<[f32; 4]> {
        // What was asked for before is drawn now.
        self.frame();
        self.frame();
        let keep = |complete: On<ReadbackComplete>, mut pictures: Query<&mut Picture>| {
            if let Ok(mut picture) = pictures.get_mut(complete.entity) {
                picture.0 = Some(complete.data.clone());
            }
        };
        let reader = self.0.world_mut().spawn((Readback::texture(texture.clone()), Picture::default())).observe(keep).id();
        for _ in 0..100 {
            self.frame();
            let picture = self.0.world_mut().get_mut::<Picture>(reader).unwrap().0.take();
            if let Some(bytes) = picture {
                self.0.world_mut().despawn(reader);
                return pixels(&bytes, width as usize, height as usize);
            }
        }
        panic!("the texture was not read back within a hundred frames");
    }

    /// Draws a tensor into a texture of its own and reads that back.
    pub fn drawn(&mut self, tensor: &TensorImage, look: Look) -> Vec<[f32; 4]> {
        let texture = self.texture(tensor.size(), look);
        self.show(&texture, tensor, look);
        self.read(&texture, look.pixels(tensor.size()))
    }

    /// Frames are drawn while the engine works; its next report.
    pub fn next_report(&mut self) -> Report {
        for _ in 0..100_000 {
            if let Some(report) = self.engine().try_receive() {
                return report;
            }
            self.0.update();
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("no report from the engine");
    }
}

/// Rows of half floats, each padded to a multiple of 256 bytes.
fn pixels(bytes: &[u8], width: usize, height: usize) -> Vec<[f32; 4]> {
    let stride = bytes.len() / height;
    let half = |bytes: &[u8]| f16::from_le_bytes([bytes[0], bytes[1]]).to_f32();
    let row = |y: usize| bytes[y * stride..][..width * 8].chunks_exact(8);
    (0..height)
        .flat_map(|y| row(y).map(|pixel| [half(&pixel[0..]), half(&pixel[2..]), half(&pixel[4..]), half(&pixel[6..])]))
        .collect()
}

/// Compares what was drawn with what the reference says, to the precision of half floats.
pub fn check(drawn: &[[f32; 4]], look: Look, size: [usize; 3], colour: impl Fn([usize; 2]) -> [f32; 3]) {
    let [width, height] = look.pixels(size).map(|pixels| pixels as usize);
    assert_eq!(drawn.len(), width * height);
    for (i, pixel) in drawn.iter().enumerate() {
        let place = [i % width, i / width];
        let expected = colour(place);
        for (got, wanted) in pixel.iter().zip([expected[0], expected[1], expected[2], 1.0]) {
            assert!((got - wanted).abs() < 2e-3, "{look:?} at {place:?}: drawn {pixel:?}, expected {expected:?}");
        }
    }
}

pub fn grid(columns: usize, rows: usize) -> Layout {
    Layout::Grid { columns, rows }
}
