//! The score of a run: which part of the hall plays at which tour time.

use bridge::{Block, ModelShape};

use crate::stop::Stop;

/// Words become vectors, the seed becomes noise.
pub const PROLOGUE_MICROS: i64 = 6_000_000;
/// One step of denoising: once around the loop.
pub const LAP_MICROS: i64 = 3_000_000;
/// The last latent opens into a picture.
pub const EPILOGUE_MICROS: i64 = 4_000_000;

/// How much of a lap a plane takes to change from one step's tensor to the next: 0.6 s at speed 1,
/// so that even at the highest speed nothing flashes.
pub const FADE: f32 = 0.2;

/// The laps of one run through one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Steps of the run. 0 while it has not begun.
    pub steps: usize,
    blocks: Vec<Block>,
}

/// A tour time, read on the score. Parts run from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    Prologue(f32),
    Lap { step: usize, phase: f32 },
    Epilogue(f32),
}

/// When in its part of the score a stop has its turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    Prologue(f32),
    Lap(f32),
    Epilogue(f32),
}

impl Score {
    pub fn new(shape: &ModelShape, steps: usize) -> Self {
        Self { steps, blocks: shape.blocks.iter().map(|block| block.block).collect() }
    }

    /// Tour time at which everything has been shown, in microseconds.
    pub fn end(&self) -> i64 {
        PROLOGUE_MICROS + self.steps as i64 * LAP_MICROS + EPILOGUE_MICROS
    }

    /// Reads a tour time in microseconds.
    pub fn moment(&self, micros: i64) -> Moment {
        let part = |micros: i64, of: i64| (micros as f64 / of as f64).clamp(0.0, 1.0) as f32;
        let lap = micros - PROLOGUE_MICROS;
        if lap < 0 {
            return Moment::Prologue(part(micros, PROLOGUE_MICROS));
        }
        let step = (lap / LAP_MICROS) as usize;
        if step < self.steps {
            return Moment::Lap { step, phase: part(lap % LAP_MICROS, LAP_MICROS) };
        }
        Moment::Epilogue(part(lap - self.steps as i64 * LAP_MICROS, EPILOGUE_MICROS))
    }

    /// When a stop has its turn.
    pub fn turn(&self, stop: Stop) -> Turn {
        match stop {
            Stop::Words => Turn::Prologue(0.05),
            Stop::Tokens => Turn::Prologue(0.25),
            Stop::TextEncoder => Turn::Prologue(0.45),
            Stop::Noise => Turn::Prologue(0.8),
            Stop::Unet => Turn::Lap(UNET_IN),
            Stop::Block(block) => {
                let place = self.blocks.iter().position(|&other| other == block).unwrap_or(0);
                let last = self.blocks.len().saturating_sub(1).max(1);
                Turn::Lap(FIRST_BLOCK + (LAST_BLOCK - FIRST_BLOCK) * place as f32 / last as f32)
            }
            Stop::Attention => Turn::Lap(ATTENTION),
            Stop::Guidance => Turn::Lap(GUIDANCE),
            Stop::Scheduler | Stop::TimeWall | Stop::Map => Turn::Lap(SCHEDULER),
            Stop::Decoder => Turn::Epilogue(0.35),
            Stop::Picture | Stop::Hall => Turn::Epilogue(0.75),
        }
    }

    /// Tour time, in microseconds, at which what a stop shows of a step has just come to rest there.
    /// Stops outside the loop have one such time only.
    pub fn at(&self, stop: Stop, step: usize) -> i64 {
        let lap = |phase: f32| PROLOGUE_MICROS + step as i64 * LAP_MICROS + micros(phase, LAP_MICROS);
        match (stop, self.turn(stop)) {
            // Half-way round the front of the building.
            (Stop::Hall, _) => lap((LOOP_BACK + 1.0) / 2.0),
            // At the building as a whole the latent has just left it.
            (Stop::Unet, _) => lap(UNET_OUT + FADE),
            (_, Turn::Prologue(part)) => micros((part + 0.15).min(1.0), PROLOGUE_MICROS),
            (_, Turn::Lap(phase)) => lap((phase + FADE).min(0.999)),
            (_, Turn::Epilogue(part)) => {
                PROLOGUE_MICROS + self.steps as i64 * LAP_MICROS + micros((part + FADE).min(1.0), EPILOGUE_MICROS)
            }
        }
    }

    /// Tour time, in microseconds, at which a stop is pictured: at this step, or without one when the run is over.
    pub fn pictured_at(&self, stop: Stop, step: Option<usize>) -> i64 {
        let in_loop = stop == Stop::Unet || (stop != Stop::Hall && matches!(self.turn(stop), Turn::Lap(_)));
        match (step, self.steps.checked_sub(1)) {
            (Some(step), _) if in_loop || stop == Stop::Hall => self.at(stop, step),
            (Some(step), _) => self.at(Stop::Scheduler, step),
            (None, Some(last)) if in_loop => self.at(stop, last),
            (None, _) => self.end(),
        }
    }

    /// Tour time, in microseconds, up to which a run can be played when the first `done` steps and `blocks` blocks
    /// of the next have been computed.
    pub fn computed_until(&self, done: usize, blocks: usize) -> i64 {
        if done >= self.steps {
            return PROLOGUE_MICROS + self.steps as i64 * LAP_MICROS;
        }
        let start = PROLOGUE_MICROS + done as i64 * LAP_MICROS;
        match blocks.checked_sub(1).and_then(|last| self.blocks.get(last)) {
            Some(&block) => match self.turn(Stop::Block(block)) {
                Turn::Lap(phase) => start + micros(phase, LAP_MICROS),
                _ => start,
            },
            None => start,
        }
    }
}

/// Phases of a lap, 0..1.
pub const UNET_IN: f32 = 0.04;
const FIRST_BLOCK: f32 = 0.09;
const LAST_BLOCK: f32 = 0.50;
/// When all words have been looked at.
pub const ATTENTION: f32 = 0.52;
pub const UNET_OUT: f32 = 0.56;
pub const GUIDANCE: f32 = 0.62;
/// When guidance shows the difference, and then its sum.
pub const DIFFERENCE: f32 = 0.66;
pub const GUIDED: f32 = 0.70;
pub const SCHEDULER: f32 = 0.78;
/// When the new latent sets out for the next lap.
pub const LOOP_BACK: f32 = 0.86;

fn micros(part: f32, of: i64) -> i64 {
    (f64::from(part) * of as f64).round() as i64
}
