//! Course: one tensor of every step, followed through the run on show or both: their ways, and how far they are apart.

use bevy::prelude::*;
use bridge::{Array, RunId};

use crate::analysis::{Gram, Pca, cosine, parting, relative_l2};
use crate::state::Run;

/// The tensor that is compared, [4, height, width]. It has a value at every place, which is how many steps have been made.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compared {
    /// What each step has left; before the first, at place 0, the initial noise.
    #[default]
    Latent,
    PredOriginalSample,
    NoisePred,
}

impl Compared {
    /// In the order in which they are turned.
    pub const ALL: [Self; 3] = [Self::Latent, Self::PredOriginalSample, Self::NoisePred];

    /// So many tensors on, and round.
    pub fn turned(self, notches: i32) -> Self {
        let next = (self as i64 + i64::from(notches)).rem_euclid(Self::ALL.len() as i64);
        Self::ALL[next as usize]
    }

    /// The field's own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Latent => "latent",
            Self::PredOriginalSample => "pred_original_sample",
            Self::NoisePred => "noise_pred",
        }
    }

    /// The first place that has a value: only the latent is there before any step.
    pub fn first_place(self) -> usize {
        usize::from(self != Self::Latent)
    }

    pub fn at(self, run: &Run, place: usize) -> Option<&Array> {
        let Some(step) = place.checked_sub(1) else {
            return run.started.as_ref().filter(|_| self == Self::Latent).map(|started| &started.numbers.noise);
        };
        let numbers = &run.steps.get(step)?.numbers;
        Some(match self {
            Self::Latent => &numbers.latent,
            Self::PredOriginalSample => &numbers.pred_original_sample,
            Self::NoisePred => &numbers.noise_pred,
        })
    }

    /// How far the latent is from x̂₀, ‖latent − x̂₀‖ / ‖x̂₀‖, or another tensor from what it was a step before, ‖new − old‖ / ‖old‖.
    /// Known from the second place on.
    pub fn away(self, run: &Run, place: usize) -> Option<f32> {
        let from = match self {
            Self::Latent => Self::PredOriginalSample.at(run, place)?,
            Self::PredOriginalSample | Self::NoisePred => self.at(run, place.checked_sub(1)?)?,
        };
        Some(relative_l2(&from.values, &self.at(run, place)?.values))
    }

    /// A's tensor at a place, and B's when it is as far on.
    fn pair<'a>(self, a: &'a Run, b: &'a Run, place: usize) -> Option<(&'a Array, &'a Array)> {
        let (one, other) = (self.at(a, place)?, self.at(b, as_far(b, place, a.step_count()))?);
        (one.shape == other.shape).then_some((one, other))
    }
}

/// How many steps of this run have been made when so many of another's `steps` have.
pub(super) fn as_far(run: &Run, made: usize, steps: usize) -> usize {
    made.checked_sub(1).map_or(0, |step| run.step_like(step, steps) + 1)
}

/// Values along a run: one for each place from the first on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Along<T> {
    first: usize,
    pub(super) values: Vec<T>,
}

impl<T: Copy> Along<T> {
    fn starting_at(first: usize) -> Self {
        Self { first, values: Vec::new() }
    }

    /// The place whose value comes next.
    fn next_place(&self) -> usize {
        self.first + self.values.len()
    }

    /// The values that so many steps lead to, with their places.
    pub fn until(&self, made: usize) -> impl Iterator<Item = (usize, T)> {
        let reached = (made + 1).saturating_sub(self.first);
        (self.first..).zip(self.values.iter().copied().take(reached))
    }
}

/// Tensors that differ by more than this part of their length have parted.
pub(super) const PARTED: f32 = 0.1;

/// Which tensor, of A and of B.
type Subject = (Compared, RunId, Option<RunId>);

/// What is known of a tensor in the runs on show.
#[derive(Clone, Debug, Default)]
pub struct Course {
    of: Option<Subject>,
    gram: Gram,
    /// Where in `gram` the tensors of A and of B are.
    ways: [Along<usize>; 2],
    pub(super) pca: Pca,
    /// [`Compared::away`] of A.
    pub away: Along<f32>,
    /// ‖A − B‖ / ‖A‖ and the cosine of A and B, at the places of A.
    pub distances: Along<f32>,
    pub cosines: Along<f32>,
}

impl Course {
    /// Takes in what has been computed since. Of another tensor or other runs everything is reckoned anew.
    pub fn follow(&mut self, compared: Compared, a: &Run, b: Option<&Run>) {
        let of = Some((compared, a.id, b.map(|b| b.id)));
        if self.of != of {
            let first = compared.first_place();
            *self = Self {
                of,
                ways: [Along::starting_at(first), Along::starting_at(first)],
                away: Along::starting_at(first + 1),
                distances: Along::starting_at(first),
                cosines: Along::starting_at(first),
                ..default()
            };
        }
        let known = self.gram.len();
        for (way, run) in self.ways.iter_mut().zip([Some(a), b]) {
            let Some(run) = run else { continue };
            while let Some(tensor) = compared.at(run, way.next_place()) {
                if self.gram.dimensions().is_some_and(|dimensions| dimensions != tensor.values.len()) {
                    break;
                }
                way.values.push(self.gram.len());
                self.gram.push(tensor.values.clone());
            }
        }
        if self.gram.len() > known {
            self.pca = Pca::of(&self.gram, &self.ways[0].values);
        }
        while let Some(away) = compared.away(a, self.away.next_place()) {
            self.away.values.push(away);
        }
        let Some(b) = b else { return };
        while let Some((a, b)) = compared.pair(a, b, self.distances.next_place()) {
            self.distances.values.push(relative_l2(&a.values, &b.values));
            self.cosines.values.push(cosine(&a.values, &b.values));
        }
    }

    /// The path that so many steps of A (lane 0) or of B (lane 1) make, along the two axes of `pca`, with its places.
    pub fn path(&self, lane: usize, made: usize) -> Vec<(usize, [f32; 2])> {
        let way = self.ways[lane].until(made);
        way.filter_map(|(place, tensor)| Some((place, *self.pca.coordinates.get(tensor)?))).collect()
    }

    /// The place from which on A and B have been further apart than [`PARTED`], when A has made so many steps.
    pub fn parted(&self, made: usize) -> Option<usize> {
        let (places, distances): (Vec<_>, Vec<_>) = self.distances.until(made).unzip();
        parting(&distances, PARTED).map(|first| places[first])
    }

    /// How much is known when A has made `reached` steps and B, if there is one, `of_b`.
    pub(super) fn extent(&self, reached: usize, of_b: Option<usize>) -> Extent {
        let [a, b] = [(0, reached), (1, of_b.unwrap_or(0))].map(|(lane, made)| self.ways[lane].until(made).count());
        let until_then = [a, b, self.away.until(reached).count(), self.distances.until(reached).count()];
        let in_all = [self.gram.len(), self.away.values.len(), self.distances.values.len()];
        Extent { of: self.of, reached, until_then, in_all }
    }
}

/// How much of a course there is to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    of: Option<Subject>,
    /// Steps of A that tour time has reached.
    reached: usize,
    /// What is known until then: tensors of A and of B, how far away A is, and distances.
    until_then: [usize; 4],
    /// What is known in all, which decides the scales.
    in_all: [usize; 3],
}

impl Extent {
    /// Whether a drawing of it need not be made anew. Nothing moves in a pause: the scales go on with the time.
    pub(super) fn still_shows(self, wanted: Self, playing: bool) -> bool {
        let in_all = if playing { wanted.in_all } else { self.in_all };
        self == Self { in_all, ..wanted }
    }
}
