//! Work in a browser, where there is one thread.

/// Does `work` on every task, one after the other.
pub fn for_each<T: Send>(tasks: Vec<T>, work: impl Fn(T) + Send + Sync) {
    tasks.into_iter().for_each(work);
}
