//! PNDM (arXiv 2202.09778): linear multistep, which foresees ε from the last four predictions. Stable Diffusion 1's own sampler.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::SchedulerStep;
use super::config::{PredictionType, SchedulerConfig};
use super::noise_schedule::NoiseSchedule;

#[derive(Clone, Debug)]
pub(super) struct Pndm<B: Backend> {
    prediction_type: PredictionType,
    evaluations: Vec<Evaluation>,
    /// The last predictions, the newest at the end (diffusers' `ets`).
    history: Vec<Tensor<B, 4>>,
    /// The weighted sum of the predictions of a Runge–Kutta step so far.
    gathered: Option<Tensor<B, 4>>,
    /// Where a Runge–Kutta step, or the first multistep, set out.
    start: Option<Tensor<B, 4>>,
}

/// One use of the model. There are more of them than steps.
#[derive(Clone, Copy, Debug)]
struct Evaluation {
    stage: Stage,
    timestep: usize,
    /// ᾱ of the timestep at which the model is asked.
    alpha_cumprod: f64,
    /// ᾱ of where the sample is carried from and to.
    from: f64,
    to: f64,
}

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
    pub(super) fn new(config: &SchedulerConfig, schedule: &NoiseSchedule, timesteps: &[f64], num_inference_steps: usize) -> Self {
        let final_alpha_cumprod = if config.set_alpha_to_one.unwrap_or(false) { 1.0 } else { schedule.at(0) };
        let evaluation = |stage, timestep: usize, from: usize, to: Option<usize>| Evaluation {
            stage,
            timestep,
            alpha_cumprod: schedule.at(timestep),
            from: schedule.at(from),
            to: to.map_or(final_alpha_cumprod, |to| schedule.at(to)),
        };
        let timesteps: Vec<usize> = timesteps.iter().map(|&timestep| timestep as usize).collect();
        // As in diffusers a step is a fixed number of timesteps long, even where the spacing is uneven.
        let stride = config.num_train_timesteps / num_inference_steps;
        let multistep = |&t: &usize| evaluation(Stage::Multistep, t, t, t.checked_sub(stride));

        let mut evaluations = Vec::with_capacity(timesteps.len() + 9);
        if config.skip_prk_steps || timesteps.len() < 4 {
            let [first, rest @ ..] = timesteps.as_slice() else { unreachable!("a run has at least one step") };
            evaluations.push(evaluation(Stage::Trial, *first, *first, first.checked_sub(stride)));
            if let Some(&second) = rest.first() {
                evaluations.push(evaluation(Stage::Again, second, second + stride, Some(second)));
            }
            evaluations.extend(rest.iter().map(multistep));
        } else {
            let half = stride / 2;
            for ends in timesteps[..4].windows(2) {
                let at = [ends[0], ends[1] + half, ends[1] + half, ends[1]];
                for (stage, t) in at.into_iter().enumerate() {
                    let to = if stage % 2 == 0 { t.checked_sub(half) } else { Some(t) };
                    evaluations.push(evaluation(Stage::RungeKutta(stage), t, ends[0], to));
                }
            }
            evaluations.extend(timesteps[3..].iter().map(multistep));
        }
        Self { prediction_type: config.prediction_type, evaluations, history: Vec::new(), gathered: None, start: None }
    }

    /// The timestep of each evaluation.
    pub(super) fn timesteps(&self) -> Vec<f64> {
        self.evaluations.iter().map(|evaluation| evaluation.timestep as f64).collect()
    }

    /// ᾱ where the last step arrives.
    pub(super) fn final_alpha_cumprod(&self) -> f64 {
        self.evaluations.last().map_or(1.0, |evaluation| evaluation.to)
    }

    pub(super) fn step(&mut self, model_output: Tensor<B, 4>, index: usize, sample: Tensor<B, 4>) -> SchedulerStep<B> {
        let Evaluation { stage, alpha_cumprod, from, to, .. } = self.evaluations[index];
        let pred_original_sample = self.prediction_type.original_sample(model_output.clone(), sample.clone(), alpha_cumprod);
        if index == 0 {
            self.history.clear();
        }
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
