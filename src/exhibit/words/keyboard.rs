//! The on-screen keyboard: keys in rows, a place among them, and the text that they write.

use super::on_ring;

/// Letters of a prompt, at most: several times what a context of 77 slots holds.
pub const LONGEST: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Letter(char),
    Space,
    Backspace,
    /// The next letter is a capital.
    Shift,
    /// The caret goes one letter back.
    Left,
    /// The caret goes one letter on.
    Right,
    Done,
}

impl Key {
    /// Its width in columns.
    pub fn width(self) -> usize {
        match self {
            Self::Space => 3,
            Self::Shift | Self::Done => 2,
            _ => 1,
        }
    }
}

/// What a key has done to the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    Written(char),
    Erased(char),
    /// The visitor has said everything.
    Done,
}

/// Columns of every row.
pub const COLUMNS: usize = 10;

/// The keys from the top row down.
pub fn rows() -> [Vec<Key>; 5] {
    let letters = |row: &str| row.chars().map(Key::Letter).collect();
    let last = vec![Key::Shift, Key::Left, Key::Space, Key::Right, Key::Backspace, Key::Done];
    [letters("1234567890"), letters("qwertyuiop"), letters("asdfghjkl'"), letters("zxcvbnm,.-"), last]
}

/// The key under the visitor's hand and the text written so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyboard {
    row: usize,
    /// The column that vertical moves keep.
    column: usize,
    capital: bool,
    text: String,
    /// In letters from the text's beginning.
    caret: usize,
}

impl Keyboard {
    /// Goes on with a text, the caret at its end. Of a text that is too long the beginning is kept.
    pub fn of(text: &str) -> Self {
        let text: String = text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
        Self { row: 1, column: 0, capital: false, caret: text.chars().count(), text }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before and behind the caret.
    pub fn at_caret(&self) -> (&str, &str) {
        self.text.split_at(self.byte(self.caret))
    }

    /// Whether the next letter is a capital.
    pub fn capital(&self) -> bool {
        self.capital
    }

    /// The key under the visitor's hand.
    pub fn key(&self) -> Key {
        let mut right = 0;
        let under = |key: &Key| {
            right += key.width();
            self.column < right
        };
        let rows = rows();
        rows[self.row].iter().copied().find(under).unwrap_or(Key::Done)
    }

    /// Goes so many keys to the right and so many rows down; after the last comes the first.
    pub fn move_by(&mut self, dx: i32, dy: i32) {
        let rows = rows();
        self.row = on_ring(self.row, dy, rows.len());
        if dx != 0 {
            let (row, key) = (&rows[self.row], self.key());
            let here = row.iter().position(|&other| other == key).unwrap_or(0);
            let before = &row[..on_ring(here, dx, row.len())];
            self.column = before.iter().map(|key| key.width()).sum();
        }
    }

    /// Presses the key under the visitor's hand. `None` if the text stays as it is.
    pub fn press(&mut self) -> Option<Typed> {
        match self.key() {
            Key::Letter(letter) => {
                let capital = std::mem::take(&mut self.capital);
                self.write(if capital { letter.to_ascii_uppercase() } else { letter })
            }
            Key::Space => self.write(' '),
            Key::Backspace => self.erase(),
            Key::Shift => {
                self.capital = !self.capital;
                None
            }
            Key::Left => {
                self.caret = self.caret.saturating_sub(1);
                None
            }
            Key::Right => {
                self.caret = (self.caret + 1).min(self.text.chars().count());
                None
            }
            Key::Done => Some(Typed::Done),
        }
    }

    /// Puts the hand on a key and presses it, as a finger does.
    pub fn touch(&mut self, key: Key) -> Option<Typed> {
        let rows = rows();
        let place = |row: usize| rows[row].iter().position(|&other| other == key).map(|place| (row, place));
        let (row, place) = (0..rows.len()).find_map(place)?;
        self.row = row;
        self.column = rows[row][..place].iter().map(|key| key.width()).sum();
        self.press()
    }

    /// Writes a letter at the caret, unless the text is full. A keyboard of real keys writes here too.
    pub fn write(&mut self, letter: char) -> Option<Typed> {
        if letter.is_control() || self.text.chars().count() >= LONGEST {
            return None;
        }
        self.text.insert(self.byte(self.caret), letter);
        self.caret += 1;
        Some(Typed::Written(letter))
    }

    /// Takes away the letter before the caret.
    pub fn erase(&mut self) -> Option<Typed> {
        self.caret = self.caret.checked_sub(1)?;
        Some(Typed::Erased(self.text.remove(self.byte(self.caret))))
    }

    /// Where a letter stands in the text's bytes.
    fn byte(&self, letter: usize) -> usize {
        self.text.char_indices().nth(letter).map_or(self.text.len(), |(byte, _)| byte)
    }
}
