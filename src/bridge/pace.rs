//! A pace: how the engine waits between the model's blocks, so that the hall is drawn in between.

use std::pin::Pin;

use burn_wgpu::{WgpuDevice, WgpuRuntime};
use cubecl::Runtime;
use cubecl::client::ComputeClient;
use diffusion::Pace;

use crate::worker;

/// Waits until the GPU has done what it was given. The queue is first come, first served: a frame that is drawn in the
/// meantime waits for one block, not for a whole step.
pub struct GpuPace {
    client: ComputeClient<WgpuRuntime>,
    device: wgpu::Device,
    queue: wgpu::Queue,
}

impl GpuPace {
    /// For a device that burn has adopted, and its queue.
    pub fn new(burn_device: &WgpuDevice, device: wgpu::Device, queue: wgpu::Queue) -> Self {
        Self { client: WgpuRuntime::client(burn_device), device, queue }
    }
}

impl Pace for GpuPace {
    async fn pause(&self) {
        self.client.flush().expect("the GPU did what it was given");
        let (done, is_done) = async_channel::bounded(1);
        self.queue.on_submitted_work_done(move || {
            // The channel has room for the only message it ever gets.
            let _ = done.try_send(());
        });
        worker::wait_for(is_done, &self.device).await;
    }
}

/// Lets whoever else wants the processor have it.
pub struct CpuPace;

impl Pace for CpuPace {
    async fn pause(&self) {
        worker::give_way().await;
    }
}

/// A pace of any kind. The model's code is compiled anew for each kind of pace that it is given, and that takes minutes:
/// the engine gives it always this one.
pub(crate) struct AnyPace(Box<dyn Pausing + Send>);

impl AnyPace {
    pub fn new(pace: impl Pace + Send + 'static) -> Self {
        Self(Box::new(pace))
    }
}

impl Pace for AnyPace {
    async fn pause(&self) {
        self.0.pausing().await;
    }
}

trait Pausing {
    fn pausing(&self) -> Pin<Box<dyn Future<Output = ()> + '_>>;
}

impl<P: Pace> Pausing for P {
    fn pausing(&self) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(self.pause())
    }
}
