//! A picture: finished pixels, by itself or pinned beside others on a contact sheet.

/// A square painting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels along a side.
    pub size: u32,
    /// [size, size, 3] RGB8, row by row from the top left.
    pub pixels: Vec<u8>,
}

/// Pictures side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub width: u32,
    pub height: u32,
    /// [height, width, 3] RGB8, row by row from the top left.
    pub pixels: Vec<u8>,
}

/// The dark grey of the sheet between pictures.
const MOUNT: u8 = 24;

/// Pins pictures of one size in rows of `columns`, two pixels apart.
///
/// # Panics
/// If the pictures differ in size or `columns` is 0.
pub fn contact_sheet(pictures: &[Picture], columns: u32) -> Sheet {
    const GAP: u32 = 2;
    let size = pictures.first().map_or(0, |picture| picture.size);
    assert!(pictures.iter().all(|picture| picture.size == size), "a contact sheet takes pictures of one size");
    let rows = (pictures.len() as u32).div_ceil(columns);
    let (width, height) = (columns * (size + GAP) + GAP, rows * (size + GAP) + GAP);
    let mut pixels = vec![MOUNT; (width * height * 3) as usize];
    for (index, picture) in pictures.iter().enumerate() {
        let (left, top) = (GAP + index as u32 % columns * (size + GAP), GAP + index as u32 / columns * (size + GAP));
        for (y, row) in picture.pixels.chunks_exact((size * 3) as usize).enumerate() {
            let start = (((top + y as u32) * width + left) * 3) as usize;
            pixels[start..start + row.len()].copy_from_slice(row);
        }
    }
    Sheet { width, height, pixels }
}
