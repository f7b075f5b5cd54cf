//! `bench`: how long the parts of a model take on every device, beside burn's own kernels and, where one is given, beside PyTorch.

mod peer;
mod timing;

use std::process::ExitCode;

use bridge::{DeviceChoice, check_adapter, run_on};
use diffusion::Folder;
use serde::Serialize;
use serde_json::json;

use self::peer::Peer;
use self::timing::{Measure, Timed, Work};
use crate::cli::{BenchArgs, model_folder};

/// All that was measured of one model.
#[derive(Serialize)]
struct Measured {
    model: String,
    work: Work,
    ours: Vec<Timed>,
    /// The same devices with burn's own kernels.
    stock: Vec<Timed>,
    peer: Option<Timed>,
}

pub fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let path = model_folder(args.model.as_ref())?;
    let folder = Folder::open(&path)?;
    let seconds = args.seconds;
    let peer = args.peer.as_ref().map(|program| Peer { program, threads: threads(), seconds });
    let peer = peer.map(|peer| tell("PyTorch", || peer.measure(&path))).transpose()?;
    let on = |device, stock| pollster::block_on(run_on(device, Measure { folder: &folder, stock, seconds }));
    let (mut ours, mut stock) = (Vec::new(), Vec::new());
    let (timed, work) = tell("the CPU, our kernels", || on(DeviceChoice::Cpu, false))??;
    ours.push(timed);
    stock.push(tell("the CPU, burn's kernels", || on(DeviceChoice::Cpu, true))??.0);
    match pollster::block_on(check_adapter()) {
        Ok(()) => {
            ours.push(tell("the GPU, our kernels", || on(DeviceChoice::Gpu, false))??.0);
            stock.push(tell("the GPU, burn's kernels", || on(DeviceChoice::Gpu, true))??.0);
        }
        Err(error) => eprintln!("latentarium: {error}"),
    }
    let measured = Measured { model: path.display().to_string(), work, ours, stock, peer };
    if args.json {
        println!("{}", json!(measured));
    } else {
        print_table(&measured);
    }
    Ok(ExitCode::SUCCESS)
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Says what is being measured.
fn tell<T>(what: &str, measure: impl FnOnce() -> T) -> T {
    eprintln!("measuring {what} …");
    measure()
}

type Part = (&'static str, fn(&Timed) -> f64, Option<fn(&Work) -> f64>);

const PARTS: [Part; 3] = [
    ("a step of denoising", |timed| timed.step_ms, Some(|work| work.step)),
    ("decoding a latent", |timed| timed.decode_ms, Some(|work| work.decode)),
    ("two prompts to embeddings, and noise", |timed| timed.begin_ms, None),
];

fn print_table(measured: &Measured) {
    println!("{}, {} threads", measured.model, threads());
    println!("{:<36} {:<54} {:>10} {:>9} {:>8} {:>10} {:>8}", "", "", "ms", "GFLOP/s", "of peak", "× PyTorch", "× burn");
    for (what, milliseconds, operations) in PARTS {
        let operations = operations.map(|of| of(&measured.work));
        let row = |timed: &Timed, stock: Option<&Timed>, name: String| {
            let own = milliseconds(timed);
            let rate = operations.map(|operations| operations / own / 1e6);
            let number = |value: Option<f64>, digits: usize| value.map_or("–".into(), |value| format!("{value:.digits$}"));
            let share = rate.map(|rate| format!("{:.0} %", 100.0 * rate / timed.peak_gflops)).unwrap_or("–".into());
            let to_peer = measured.peer.as_ref().map(|peer| own / milliseconds(peer));
            let to_stock = stock.map(|stock| own / milliseconds(stock));
            println!(
                "{what:<36} {name:<54} {own:>10.1} {:>9} {share:>8} {:>10} {:>8}",
                number(rate, 1),
                number(to_peer, 2),
                number(to_stock, 2)
            );
        };
        if let Some(peer) = &measured.peer {
            row(peer, None, peer.device.clone());
        }
        for (ours, stock) in measured.ours.iter().zip(&measured.stock) {
            row(ours, Some(stock), format!("{}, ours", ours.device));
            row(stock, None, format!("{}, burn's", stock.device));
        }
    }
    println!(
        "peak: a product of two {0}×{0} matrices in the same run; a step: UNet with and without the words, guidance, scheduler",
        timing::PEAK
    );
    for timed in measured.peer.iter().chain(&measured.ours) {
        let memory = timed.peak_bytes.map_or(String::new(), |bytes| format!(", at most {:.2} GB of memory", bytes as f64 / 1e9));
        println!("  {}: {:.1} GFLOP/s{memory}", timed.device, timed.peak_gflops);
    }
}
