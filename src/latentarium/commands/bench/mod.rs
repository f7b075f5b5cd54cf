//! `bench`: how long the parts of a model take on every device, beside burn's own kernels and, where one is given, beside PyTorch.

mod dispatches;
mod peer;
mod timing;

use std::process::ExitCode;

use bridge::{DeviceChoice, check_adapter, run_on};
use diffusion::Folder;
use serde::Serialize;
use serde_json::json;

use self::dispatches::Dispatches;
use self::peer::Peer;
use self::timing::{Measure, Timed, Work};
use crate::cli::{BenchArgs, Whose, model_folder};

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
    if let Some(whose) = args.count_dispatches {
        return dispatches::run(&path, whose == Whose::Burn);
    }
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
            let on_gpu = |stock| -> anyhow::Result<Timed> {
                let dispatches = Some(dispatches::count(&path, stock)?);
                Ok(Timed { dispatches, ..on(DeviceChoice::Gpu, stock)??.0 })
            };
            ours.push(tell("the GPU, our kernels", || on_gpu(false))?);
            stock.push(tell("the GPU, burn's kernels", || on_gpu(true))?);
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

struct Part {
    name: &'static str,
    milliseconds: fn(&Timed) -> f64,
    dispatches: fn(&Dispatches) -> u64,
    operations: Option<fn(&Work) -> f64>,
}

const PARTS: [Part; 3] = [
    Part {
        name: "a step of denoising",
        milliseconds: |timed| timed.step_ms,
        dispatches: |dispatches| dispatches.step,
        operations: Some(|work| work.step),
    },
    Part {
        name: "decoding a latent",
        milliseconds: |timed| timed.decode_ms,
        dispatches: |dispatches| dispatches.decode,
        operations: Some(|work| work.decode),
    },
    Part {
        name: "two prompts to embeddings, and noise",
        milliseconds: |timed| timed.begin_ms,
        dispatches: |dispatches| dispatches.begin,
        operations: None,
    },
];

fn print_table(measured: &Measured) {
    println!("{}, {} threads", measured.model, threads());
    println!(
        "{:<36} {:<54} {:>10} {:>9} {:>8} {:>10} {:>8} {:>10}",
        "", "", "ms", "GFLOP/s", "of peak", "× PyTorch", "× burn", "dispatches"
    );
    for Part { name: what, milliseconds, dispatches, operations } in PARTS {
        let operations = operations.map(|of| of(&measured.work));
        let row = |timed: &Timed, stock: Option<&Timed>, name: String| {
            let own = milliseconds(timed);
            let rate = operations.map(|operations| operations / own / 1e6);
            let number = |value: Option<f64>, digits: usize| value.map_or("–".into(), |value| format!("{value:.digits$}"));
            let share = rate.map(|rate| format!("{:.0} %", 100.0 * rate / timed.peak_gflops)).unwrap_or("–".into());
            let to_peer = measured.peer.as_ref().map(|peer| own / milliseconds(peer));
            let to_stock = stock.map(|stock| own / milliseconds(stock));
            println!(
                "{what:<36} {name:<54} {own:>10.1} {:>9} {share:>8} {:>10} {:>8} {:>10}",
                number(rate, 1),
                number(to_peer, 2),
                number(to_stock, 2),
                number(timed.dispatches.as_ref().map(|counted| dispatches(counted) as f64), 0)
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
