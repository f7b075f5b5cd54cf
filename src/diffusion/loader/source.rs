//! A source of weights: a safetensors file of which pieces are read, so that it is never in memory as a whole.

use std::fmt::Debug;
use std::fs::File;
use std::future::{Future, ready};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::pin::Pin;

use safetensors::tensor::{Metadata, TensorInfo};

use super::LoadError;

/// A file of which pieces are read.
pub trait Source: Debug {
    /// In bytes.
    fn size(&self) -> u64;

    /// The bytes from one place to another, both within the file.
    fn read(&self, place: Range<u64>) -> Reading<'_>;
}

/// A piece to come, or in words why it cannot be read.
pub type Reading<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + 'a>>;

/// On disk.
impl Source for File {
    fn size(&self) -> u64 {
        // What has no length has nothing to read.
        self.metadata().map_or(0, |metadata| metadata.len())
    }

    fn read(&self, place: Range<u64>) -> Reading<'_> {
        let mut bytes = vec![0; (place.end - place.start) as usize];
        let mut file = self;
        let read = file.seek(SeekFrom::Start(place.start)).and_then(|_| file.read_exact(&mut bytes));
        Box::pin(ready(read.map(|()| bytes).map_err(|error| error.to_string())))
    }
}

/// In memory.
impl Source for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, place: Range<u64>) -> Reading<'_> {
        Box::pin(ready(Ok(self[place.start as usize..place.end as usize].to_vec())))
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read(&self, place: Range<u64>) -> Reading<'_> {
        (**self).read(place)
    }
}

/// What the head of a safetensors file says.
pub(super) struct Head {
    /// The tensors in the order of the file, and where each lies behind the head.
    tensors: Vec<(String, TensorInfo)>,
    /// Bytes before the first tensor.
    length: u64,
}

/// A piece ends with the tensor that makes it as large as this; most tensors of a Stable Diffusion are smaller, none is above 160 MB.
const PIECE_BYTES: usize = 32 << 20;
/// As in the safetensors library: no head is larger.
const LARGEST_HEAD: u64 = 100_000_000;
const LENGTH_BYTES: u64 = 8;
const LFS_POINTER: &[u8] = b"version https://git-lfs";

impl Head {
    /// # Errors
    /// If the file is damaged, or as long as its tensors are not.
    pub async fn read(file: &str, source: &dyn Source) -> Result<Self, LoadError> {
        let damaged = |why: String| LoadError::Damaged { file: file.into(), why };
        let size = source.size();
        let start = piece(file, source, 0..size.min(LFS_POINTER.len() as u64)).await?;
        if start == LFS_POINTER {
            return Err(LoadError::LfsPointer { file: file.into() });
        }
        let Some((length, _)) = start.split_first_chunk() else {
            return Err(damaged("it is too short to have a head".into()));
        };
        let length = u64::from_le_bytes(*length);
        if length > LARGEST_HEAD || LENGTH_BYTES + length > size {
            return Err(damaged("its head ends behind its own end".into()));
        }
        let length = LENGTH_BYTES + length;
        let head = piece(file, source, LENGTH_BYTES..length).await?;
        let metadata: Metadata = serde_json::from_slice(&head).map_err(|error| damaged(error.to_string()))?;
        if length + metadata.data_len() as u64 != size {
            return Err(damaged(format!("it has {size} bytes, its tensors end at {}", length + metadata.data_len() as u64)));
        }
        let in_order = metadata.offset_keys().into_iter();
        let tensors = in_order.filter_map(|key| metadata.info(&key).cloned().map(|info| (key, info))).collect();
        Ok(Self { tensors, length })
    }

    /// The names of the tensors.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.tensors.iter().map(|(key, _)| key.as_str())
    }

    /// The tensors in groups that are read at once, each with its place in the file.
    pub fn pieces(&self) -> impl Iterator<Item = (&[(String, TensorInfo)], Range<u64>)> {
        let mut rest = self.tensors.as_slice();
        std::iter::from_fn(move || {
            let start = rest.first()?.1.data_offsets.0;
            let is_last = |(_, info): &(String, TensorInfo)| info.data_offsets.1 - start >= PIECE_BYTES;
            let count = rest.iter().position(is_last).map_or(rest.len(), |last| last + 1);
            let (group, behind) = rest.split_at(count);
            rest = behind;
            let end = group[count - 1].1.data_offsets.1;
            Some((group, self.length + start as u64..self.length + end as u64))
        })
    }
}

/// A piece of a file.
///
/// # Errors
/// If it cannot be read.
pub(super) async fn piece(file: &str, source: &dyn Source, place: Range<u64>) -> Result<Vec<u8>, LoadError> {
    source.read(place).await.map_err(|why| LoadError::Unreadable { file: file.into(), why })
}
