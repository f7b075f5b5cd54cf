//! Work in parallel on the threads of rayon's global pool, of which the hall keeps a core for its frames.

use rayon::prelude::*;

/// Does `work` on every task. The tasks are the same for any number of threads, and so are their results.
pub fn for_each<T: Send>(tasks: Vec<T>, work: impl Fn(T) + Send + Sync) {
    match tasks.len() {
        0 | 1 => tasks.into_iter().for_each(work),
        _ => tasks.into_par_iter().with_max_len(1).for_each(work),
    }
}
