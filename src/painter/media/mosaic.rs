//! Mosaic: small tilted stones of one colour each, laid in rows along the forms, with grout between them.

use crate::canvas::Canvas;
use crate::chance::{Chance, ease, lattice, noise};
use crate::colour::Rgb;

/// Width of a stone in picture widths.
const STONE: f32 = 0.047;

/// Width of the grout in picture widths.
const GROUT: f32 = 0.0105;

/// Stones within this many stones of an outline lie along it.
const RINGS: f32 = 2.2;

/// Pixels along a side of the model from which the stones are laid, so that they lie alike at every size of picture.
pub(super) const MODEL: u32 = 128;

pub(super) fn finish(canvas: &mut Canvas, size: usize, chance: &mut Chance) {
    let mut floor = Floor::new(canvas, chance.field());
    floor.place(chance);
    floor.settle();
    floor.settle();
    let grout = Rgb(0.43, 0.39, 0.35) * chance.between(0.80, 1.15);
    let colours = floor.colours(canvas, chance);
    canvas.side = size;
    canvas.pixels = vec![grout; size * size];
    for index in 0..canvas.pixels.len() {
        let point = canvas.point(index);
        let model = floor.nearest(point.0, point.1);
        let Some(found) = floor.find(point, floor.regions[model]) else { continue };
        let edge = found.edge.min(floor.depth[model]);
        let stone = &floor.stones[found.stone];
        // The rim towards the upper left catches light, the other lies in shade.
        let lean = ((stone.x - point.0) + (stone.y - point.1)) / STONE;
        let rim = 1.0 - ease((edge - GROUT * 0.5) / 0.008);
        let colour = colours[found.stone] * (1.0 + 0.22 * rim * lean);
        let bare = ((GROUT * 0.5 - edge) * size as f32 + 0.5).clamp(0.0, 1.0);
        let grain = 1.0 + 0.05 * lattice((point.0 * 256.0) as i32, (point.1 * 256.0) as i32, floor.field);
        canvas.pixels[index] = colour.mix(grout * grain, bare);
    }
}

struct Stone {
    x: f32,
    y: f32,
    /// Unit vector along its row.
    along: (f32, f32),
    /// The region it may not leave.
    region: u16,
}

/// The stone at a point.
struct Found {
    stone: usize,
    /// How far its edge to the next stone of the region is, in picture widths.
    edge: f32,
}

struct Floor {
    side: usize,
    field: u32,
    /// Which form each pixel belongs to.
    regions: Vec<u16>,
    /// How far the pixel is from the next region, in picture widths.
    depth: Vec<f32>,
    stones: Vec<Stone>,
    /// The stones by squares as wide as a stone.
    squares: Vec<Vec<usize>>,
}

impl Floor {
    fn new(canvas: &Canvas, field: u32) -> Floor {
        let side = canvas.side;
        let mut areas = vec![0.0; canvas.parts.iter().max().map_or(1, |&last| usize::from(last) + 1)];
        let least = STONE * STONE * (side * side) as f32;
        for (&part, &subject) in canvas.parts.iter().zip(&canvas.subject) {
            // On the subject even small things matter.
            areas[usize::from(part)] += if subject > 0.5 { 8.0 } else { 1.0 };
        }
        let mut regions = canvas.parts.clone();
        for index in 1..regions.len() {
            if areas[usize::from(regions[index])] < least {
                regions[index] = regions[if index % side > 0 { index - 1 } else { index - side }];
            }
        }
        let depth = depth(&regions, side);
        Floor { side, field, regions, depth, stones: vec![], squares: vec![] }
    }

    fn nearest(&self, x: f32, y: f32) -> usize {
        let pixel = |t: f32| ((t * self.side as f32).max(0.0) as usize).min(self.side - 1);
        pixel(y) * self.side + pixel(x)
    }

    /// Along the nearest outline, else with a slow wave.
    fn along(&self, x: f32, y: f32) -> (f32, f32) {
        let reach = 0.02;
        let depth = |x: f32, y: f32| self.depth[self.nearest(x, y)];
        let slope_x = depth(x + reach, y) - depth(x - reach, y);
        let slope_y = depth(x, y + reach) - depth(x, y - reach);
        let steepness = (slope_x * slope_x + slope_y * slope_y).sqrt();
        let tilt = 0.14 * lattice((x * 512.0) as i32, (y * 512.0) as i32, self.field);
        let bends = depth(x, y) < RINGS * STONE && steepness > 0.2 * reach;
        let (right, down) =
            if bends { (-slope_y / steepness, slope_x / steepness) } else { (1.0, 0.4 * noise(x * 2.5, y * 2.5, self.field)) };
        let (right, down) = (right - tilt * down, down + tilt * right);
        let length = (right * right + down * down).sqrt();
        (right / length, down / length)
    }

    /// First a ring along every outline, then a second, then a grid where there is room, then the gaps.
    fn place(&mut self, chance: &mut Chance) {
        const PER_SIDE: u16 = 64;
        self.sort();
        for pass in 0..4u8 {
            let ring = (f32::from(pass) + 0.5) * STONE;
            for row in 0..PER_SIDE {
                for column in 0..PER_SIDE {
                    let (x, y) = ((f32::from(column) + 0.5) / f32::from(PER_SIDE), (f32::from(row) + 0.5) / f32::from(PER_SIDE));
                    let wanted = match pass {
                        0 | 1 => (self.depth[self.nearest(x, y)] - ring).abs() < 0.2 * STONE,
                        2 => row % 3 == 1 && column % 3 == 1,
                        _ => true,
                    };
                    if wanted {
                        self.add(x, y, chance);
                    }
                }
            }
        }
    }

    /// Adds a stone unless others of its region leave it no room.
    fn add(&mut self, x: f32, y: f32, chance: &mut Chance) {
        let region = self.regions[self.nearest(x, y)];
        let taken = self.around(x, y).any(|other| {
            let stone = &self.stones[other];
            stone.region == region && reach(stone, x, y) < 0.86 * STONE
        });
        if !taken {
            let jitter = 0.06 * STONE;
            let (x, y) = (x + chance.between(-jitter, jitter), y + chance.between(-jitter, jitter));
            let square = self.square(x, y);
            self.squares[square].push(self.stones.len());
            self.stones.push(Stone { x, y, along: self.along(x, y), region });
        }
    }

    const SQUARES: usize = (1.0 / STONE) as usize + 1;

    fn square(&self, x: f32, y: f32) -> usize {
        let at = |t: f32| ((t / STONE).max(0.0) as usize).min(Self::SQUARES - 1);
        at(y) * Self::SQUARES + at(x)
    }

    fn sort(&mut self) {
        let mut squares = vec![vec![]; Self::SQUARES * Self::SQUARES];
        for (index, stone) in self.stones.iter().enumerate() {
            squares[self.square(stone.x, stone.y)].push(index);
        }
        self.squares = squares;
    }

    /// The stones in the nine squares around a point.
    fn around(&self, x: f32, y: f32) -> impl Iterator<Item = usize> + '_ {
        let middle = self.square(x, y);
        let (column, row) = (middle % Self::SQUARES, middle / Self::SQUARES);
        let range = |at: usize| at.saturating_sub(1)..(at + 2).min(Self::SQUARES);
        range(row)
            .flat_map(move |row| range(column).flat_map(move |column| self.squares[row * Self::SQUARES + column].iter().copied()))
    }

    fn find(&self, (x, y): (f32, f32), region: u16) -> Option<Found> {
        let (mut first, mut second, mut best) = (f32::MAX, f32::MAX, None);
        for index in self.around(x, y) {
            let stone = &self.stones[index];
            let far = reach(stone, x, y) + if stone.region == region { 0.0 } else { 1.0 };
            if far < first {
                (second, first, best) = (first, far, Some(index));
            } else if far < second {
                second = far;
            }
        }
        best.map(|stone| Found { stone, edge: (second - first) / 2.0 })
    }

    /// Moves every stone to the middle of the room it has.
    fn settle(&mut self) {
        let stride = self.side / 64;
        let mut sums = vec![(0.0, 0.0, 0.0); self.stones.len()];
        for row in (stride / 2..self.side).step_by(stride) {
            for column in (stride / 2..self.side).step_by(stride) {
                let (x, y) = ((column as f32 + 0.5) / self.side as f32, (row as f32 + 0.5) / self.side as f32);
                if let Some(found) = self.find((x, y), self.regions[row * self.side + column]) {
                    let sum = &mut sums[found.stone];
                    *sum = (sum.0 + x, sum.1 + y, sum.2 + 1.0);
                }
            }
        }
        for (index, (x, y, count)) in sums.into_iter().enumerate() {
            if count > 0.0 {
                let (x, y) = (x / count, y / count);
                let along = self.along(x, y);
                self.stones[index] = Stone { x, y, along, region: self.stones[index].region };
            }
        }
        self.sort();
    }

    /// One colour per stone: the mean of what it covers, lighter or darker by chance, and now and then gold in a bright sky.
    fn colours(&self, canvas: &Canvas, chance: &mut Chance) -> Vec<Rgb> {
        const GOLD: Rgb = Rgb(0.93, 0.74, 0.28);
        let mut sums = vec![(Rgb(0.0, 0.0, 0.0), 0.0); self.stones.len()];
        for (index, &pixel) in canvas.pixels.iter().enumerate() {
            if let Some(found) = self.find(canvas.point(index), self.regions[index]) {
                let sum = &mut sums[found.stone];
                *sum = (sum.0 + pixel, sum.1 + 1.0);
            }
        }
        let tint = |(stone, (sum, count)): (&Stone, (Rgb, f32))| {
            let middle = canvas.pixels[self.nearest(stone.x, stone.y)];
            let colour = if count > 0.0 { (sum * (1.0 / count)).mix(middle, 0.3) } else { middle };
            let (gold, lightness) = (chance.unit(), chance.between(-1.0, 1.0));
            let colour =
                if stone.region == 0 && gold < 0.06 && colour.luminance() > 0.5 { colour.mix(GOLD, 0.75) } else { colour };
            colour.saturate(1.2) * (1.0 + 0.12 * lightness) + Rgb(0.02, 0.02, 0.02) * lightness
        };
        self.stones.iter().zip(sums).map(tint).collect()
    }
}

/// How far a point is from a stone, in the square measure of the stone's own directions.
fn reach(stone: &Stone, x: f32, y: f32) -> f32 {
    let (right, down) = (x - stone.x, y - stone.y);
    let (along, across) = (right * stone.along.0 + down * stone.along.1, down * stone.along.0 - right * stone.along.1);
    along.abs().max(across.abs())
}

/// Distance of every pixel from the next region in picture widths, by steps to the eight neighbours.
fn depth(regions: &[u16], side: usize) -> Vec<f32> {
    let step = 1.0 / side as f32;
    let mut depth = vec![1.0f32; regions.len()];
    for index in 0..regions.len() {
        let right = (index % side + 1 < side).then_some(index + 1);
        let below = (index + side < regions.len()).then_some(index + side);
        for other in [right, below].into_iter().flatten() {
            if regions[index] != regions[other] {
                (depth[index], depth[other]) = (step / 2.0, step / 2.0);
            }
        }
    }
    let mut relax = |index: usize, onward: bool| {
        let (column, row) = (index % side, index / side);
        for (right, steps) in [(-1isize, std::f32::consts::SQRT_2), (0, 1.0), (1, std::f32::consts::SQRT_2), (2, 1.0)] {
            // The fourth neighbour is the one before on the same row.
            let (right, down) = if right == 2 { (-1, 0) } else { (right, -1) };
            let (right, down) = if onward { (right, down) } else { (-right, -down) };
            let (Some(column), Some(row)) = (column.checked_add_signed(right), row.checked_add_signed(down)) else { continue };
            if column < side && row < side {
                depth[index] = depth[index].min(depth[row * side + column] + steps * step);
            }
        }
    };
    (0..regions.len()).for_each(|index| relax(index, true));
    (0..regions.len()).rev().for_each(|index| relax(index, false));
    depth
}
