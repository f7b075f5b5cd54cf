//! PNDM (arXiv 2202.09778): linear multistep, which foresees ε from the last four predictions. Stable Diffusion 1's own sampler.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::SchedulerStep;
use super::config::{PredictionType, SchedulerConfig};
use super::noise_schedule::NoiseSchedule;

#[derive(Clone, Debug)]
pub(super) struct Pndm<B: Backend> {
    prediction_type: PredictionType,
    schedule: NoiseSchedule,
    final_alpha_cumprod: f64,
    /// As in diffusers a step is a fixed number of timesteps long, even where the spacing is uneven.
    stride: usize,
    /// One of each evaluation of the model. There are more of them than steps.
    timesteps: Vec<usize>,
    /// How many evaluations belong to Runge–Kutta steps.
    runge_kutta_evaluations: usize,
    /// Which evaluation the run began with, and which comes next.
    first: usize,
    next: usize,
    /// The last predictions, the newest at the end (diffusers' `ets`).
    history: Vec<Tensor<B, 4>>,
    /// The weighted sum of the predictions of a Runge–Kutta step so far.
    gathered: Option<Tensor<B, 4>>,
    /// Where a Runge–Kutta step, or the first multistep, set out.
    start: Option<Tensor<B, 4>>,
}

/// What an evaluation is for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// The four evaluations of a Runge–Kutta step, 0..4.
    RungeKutta(usize),
    /// The first multistep has no history: a trial step,
    Trial,
    /// which is then made again with the mean of both ends' predictions.
    Again,
    Multistep,
}

impl<B: Backend> Pndm<B> {
    /// `timesteps`: those of the steps, falling.
    pub(super) fn new(config: &SchedulerConfig, schedule: NoiseSchedule, timesteps: &[f64], num_inference_steps: usize) -> Self {
        let stride = config.num_train_timesteps / num_inference_steps;
        let steps: Vec<usize> = timesteps.iter().map(|&timestep| timestep as usize).collect();
        let mut timesteps: Vec<usize> = Vec::with_capacity(steps.len() + 9);
        if config.skip_prk_steps || steps.len() < 4 {
            // The second comes twice: at the end of the trial step, and at that of the step made again.
            timesteps.extend(steps.first());
            timesteps.extend(steps.get(1));
            timesteps.extend(&steps[1..]);
        } else {
            for ends in steps[..4].windows(2) {
                let middle = ends[1] + stride / 2;
                timesteps.extend([ends[0], middle, middle, ends[1]]);
            }
            timesteps.extend(&steps[3..]);
        }
        Self {
            prediction_type: config.prediction_type,
            final_alpha_cumprod: if config.set_alpha_to_one == Some(true) { 1.0 } else { schedule.at(0) },
            schedule,
            stride,
            timesteps,
            runge_kutta_evaluations: if config.skip_prk_steps || steps.len() < 4 { 0 } else { 12 },
            first: 0,
            next: 0,
            history: Vec::new(),
            gathered: None,
            start: None,
        }
    }

    /// The timestep of each evaluation.
    pub(super) fn timesteps(&self) -> Vec<f64> {
        self.timesteps.iter().map(|&timestep| timestep as f64).collect()
    }

    /// ᾱ where the last step arrives.
    pub(super) fn final_alpha_cumprod(&self) -> f64 {
        self.timesteps.last().map_or(self.final_alpha_cumprod, |&last| self.at(last.checked_sub(self.stride)))
    }

    /// ᾱ of a timestep, or of where the run ends.
    fn at(&self, timestep: Option<usize>) -> f64 {
        timestep.map_or(self.final_alpha_cumprod, |timestep| self.schedule.at(timestep))
    }

    /// What the evaluation is for, and from which timestep to which it carries the sample. As in diffusers that depends on how
    /// many came before it in this run, so that a run that begins in the middle has a trial step too.
    fn stage(&self, index: usize) -> (Stage, usize, Option<usize>) {
        let (timestep, evaluation) = (self.timesteps[index], index - self.first);
        if evaluation < self.runge_kutta_evaluations {
            let to = if evaluation.is_multiple_of(2) { timestep.checked_sub(self.stride / 2) } else { Some(timestep) };
            return (Stage::RungeKutta(evaluation % 4), self.timesteps[evaluation / 4 * 4], to);
        }
        match evaluation {
            0 => (Stage::Trial, timestep, timestep.checked_sub(self.stride)),
            1 => (Stage::Again, timestep + self.stride, Some(timestep)),
            _ => (Stage::Multistep, timestep, timestep.checked_sub(self.stride)),
        }
    }

    pub(super) fn step(&mut self, model_output: Tensor<B, 4>, index: usize, sample: Tensor<B, 4>) -> SchedulerStep<B> {
        if index != self.next {
            self.first = index;
        }
        if index == self.first {
            self.history.clear();
        }
        self.next = index + 1;
        let alpha_cumprod = self.schedule.at(self.timesteps[index]);
        let pred_original_sample = self.prediction_type.original_sample(model_output.clone(), sample.clone(), alpha_cumprod);
        let (stage, from, to) = self.stage(index);
        let (from, to) = (self.schedule.at(from), self.at(to));
        let (prediction, start) = match stage {
            Stage::RungeKutta(stage) => self.runge_kutta(stage, model_output, sample),
            Stage::Trial => {
                self.history.push(model_output.clone());
                self.start = Some(sample.clone());
                (model_output, sample)
            }
            Stage::Again => {
                let before = self.history.last().cloned().unwrap_or_else(|| model_output.clone());
                ((model_output + before) / 2, self.start.take().unwrap_or(sample))
            }
            Stage::Multistep => {
                self.history.drain(..self.history.len().saturating_sub(3));
                self.history.push(model_output);
                (self.multistep(), sample)
            }
        };
        let epsilon = self.prediction_type.epsilon(prediction, start.clone(), from);
        SchedulerStep { prev_sample: transfer(start, epsilon, from, to), pred_original_sample }
    }

    /// The prediction to go by, and from where: each evaluation tries out the last one, the fourth carries their mean.
    fn runge_kutta(&mut self, stage: usize, model_output: Tensor<B, 4>, sample: Tensor<B, 4>) -> (Tensor<B, 4>, Tensor<B, 4>) {
        if stage == 0 {
            self.history.push(model_output.clone());
            self.start = Some(sample.clone());
            self.gathered = None;
        }
        let weight = [1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0][stage];
        let weighted = model_output.clone() * weight;
        let gathered = match self.gathered.take() {
            Some(gathered) => gathered + weighted,
            None => weighted,
        };
        self.gathered = Some(gathered.clone());
        (if stage == 3 { gathered } else { model_output }, self.start.clone().unwrap_or(sample))
    }

    /// Adams–Bashforth of the order that the history allows (PNDM eq. 12).
    fn multistep(&self) -> Tensor<B, 4> {
        let weights: &[f64] = match self.history.len() {
            1 => &[1.0],
            2 => &[3.0 / 2.0, -1.0 / 2.0],
            3 => &[23.0 / 12.0, -16.0 / 12.0, 5.0 / 12.0],
            _ => &[55.0 / 24.0, -59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0],
        };
        let weighted = self.history.iter().rev().zip(weights).map(|(prediction, &weight)| prediction.clone() * weight);
        weighted.reduce(|sum, term| sum + term).expect("the history holds at least the prediction just pushed")
    }
}

/// PNDM eq. 11: carries a sample along ε from one ᾱ to another.
fn transfer<B: Backend>(sample: Tensor<B, 4>, epsilon: Tensor<B, 4>, from: f64, to: f64) -> Tensor<B, 4> {
    // x_to = √(ᾱ_to / ᾱ) · x − (ᾱ_to − ᾱ) / (ᾱ √(1 − ᾱ_to) + √(ᾱ (1 − ᾱ) ᾱ_to)) · ε
    let denominator = from * (1.0 - to).sqrt() + (from * (1.0 - from) * to).sqrt();
    sample * (to / from).sqrt() - epsilon * ((to - from) / denominator)
}
