//! Stained glass: pieces of glowing glass, each of one colour, held by dark lead.

use super::lines::{distances, measure, on_subject, sample, stroke};
use crate::canvas::{Canvas, Patch};
use crate::chance::{Chance, ease, lattice, noise};
use crate::colour::Rgb;

const LEAD: Rgb = Rgb(0.060, 0.060, 0.080);
/// Half the width of a lead line, in picture widths.
const HALF: f32 = 0.0085;
/// Pieces that large areas are cut into, across and down.
const GRID: (i32, i32) = (4, 6);

/// Glass shows little of a form's light and shade.
pub(super) fn lay(patch: &Patch, pixels: &mut [Rgb]) {
    super::model(patch, pixels, |level| level * 0.6);
}

pub(super) fn finish(canvas: &mut Canvas, chance: &mut Chance) {
    let (side, field) = (canvas.side, chance.field());
    let shapes = measure(canvas);
    let leads = distances(canvas, |one, other| {
        let held = |index: usize| shapes[usize::from(canvas.parts[index])].girth > 0.024;
        on_subject(canvas, one) != on_subject(canvas, other) || (held(one) && held(other))
    });
    let sites = Sites::new(field);
    // Every part is one piece, and a large one as many as there are sites.
    let mut pieces = 0;
    let first: Vec<(usize, bool)> = shapes
        .iter()
        .map(|shape| {
            let (start, cut) = (pieces, shape.area > 0.035 && shape.girth > 0.03);
            pieces += if cut { sites.0.len() } else { 1 };
            (start, cut)
        })
        .collect();
    let mut sums = vec![(Rgb(0.0, 0.0, 0.0), 0.0f32); pieces];
    let mut placed = Vec::with_capacity(side * side);
    for index in 0..side * side {
        let (start, cut) = first[usize::from(canvas.parts[index])];
        let cut = cut && !on_subject(canvas, index);
        let (site, reach) = if cut { sites.nearest(canvas.point(index)) } else { (0, 1.0) };
        let sum = &mut sums[start + site];
        *sum = (sum.0 + canvas.pixels[index], sum.1 + 1.0);
        placed.push((start + site, reach));
    }
    for (index, (piece, reach)) in placed.into_iter().enumerate() {
        let (x, y) = canvas.point(index);
        let subject = on_subject(canvas, index);
        let (sum, count) = sums[piece];
        let whole = (sum * (1.0 / count.max(1.0))).mix(canvas.pixels[index], if subject { 0.55 } else { 0.28 });
        let pixels_to_lead = sample(&leads, side, x, y).min(reach * side as f32);
        let to_lead = pixels_to_lead / side as f32;
        let own = |number: i32| lattice(piece as i32, number, field);
        // Panes of one colour differ a little, and streaks run through each its own way.
        let streak = noise((x + y * own(1)) * 26.0, (y - x * own(1)) * 7.0, field ^ piece as u32);
        let tint = if subject { 0.03 } else { 0.13 } * own(2) + 0.06 * streak;
        let glow = 0.80 + 0.34 * ease(to_lead / 0.055);
        let dark = if subject { 0.0 } else { (0.30 - whole.luminance()).max(0.0) };
        let lit = whole.saturate(1.38 + dark) * (glow + tint) * (1.0 + 1.4 * dark);
        let glass = lit.mix(Rgb::WHITE, 0.07 * ease((to_lead - 0.02) / 0.06));
        let edge = x.min(1.0 - x).min(y.min(1.0 - y)) * side as f32;
        let lead = stroke(pixels_to_lead.min(edge), HALF * side as f32);
        // A came is round: its middle catches a little light.
        let round = LEAD.mix(Rgb(0.30, 0.30, 0.34), 0.45 * (1.0 - to_lead / (HALF * 0.7)).clamp(0.0, 1.0));
        canvas.pixels[index] = Rgb(glass.0.clamp(0.0, 1.0), glass.1.clamp(0.0, 1.0), glass.2.clamp(0.0, 1.0)).mix(round, lead);
    }
}

/// Points scattered over the window; each gets the piece of a large area that lies nearest to it.
struct Sites(Vec<(f32, f32)>);

impl Sites {
    fn new(field: u32) -> Sites {
        let place = |cell: i32, count: i32, stray: f32| (cell as f32 + 0.5 + 0.40 * stray) / count as f32;
        let mut sites = vec![];
        for row in 0..GRID.1 {
            for column in 0..GRID.0 {
                // Every other row is set off by half a piece, as in brickwork.
                let set = if row % 2 == 0 { 0.25 } else { -0.25 } / GRID.0 as f32;
                let x = place(column, GRID.0, lattice(column, row, field ^ 1)) + set;
                sites.push((x, place(row, GRID.1, lattice(column, row, field ^ 2))));
            }
        }
        Sites(sites)
    }

    /// The nearest site, and how far its piece's border is from the point, in picture widths.
    fn nearest(&self, (x, y): (f32, f32)) -> (usize, f32) {
        let square = |site: &(f32, f32)| (site.0 - x) * (site.0 - x) + (site.1 - y) * (site.1 - y);
        let mut best = (0, f32::MAX);
        for (number, site) in self.0.iter().enumerate() {
            let far = square(site);
            if far < best.1 {
                best = (number, far);
            }
        }
        let own = self.0[best.0];
        let mut border = f32::MAX;
        for (number, site) in self.0.iter().enumerate() {
            if number != best.0 {
                let (across, down) = (site.0 - own.0, site.1 - own.1);
                let apart = (across * across + down * down).sqrt().max(1e-6);
                border = border.min((square(site) - best.1) / (2.0 * apart));
            }
        }
        (best.0, border)
    }
}
