//! A matrix anywhere in a slice, and the product of two.

/// Element (row, column) lies at `row · row_stride + column · column_stride`.
#[derive(Clone, Copy)]
pub struct Matrix<T> {
    pub values: T,
    pub row_stride: usize,
    pub column_stride: usize,
}

impl<T> Matrix<T> {
    pub fn new(values: T, row_stride: usize, column_stride: usize) -> Self {
        Self { values, row_stride, column_stride }
    }

    /// Rows of `width`, one after the other.
    pub fn of_rows(values: T, width: usize) -> Self {
        Self::new(values, width, 1)
    }

    /// The index after the last element.
    fn end(&self, rows: usize, columns: usize) -> usize {
        (rows - 1) * self.row_stride + (columns - 1) * self.column_stride + 1
    }
}

/// What becomes of what was in the place of the product.
#[derive(Clone, Copy, PartialEq)]
pub enum Before {
    Forgotten,
    Added,
}

/// lhs · rhs, on the calling thread.
///
/// lhs: [rows, inner], rhs: [inner, columns] → out: [rows, columns]
///
/// # Panics
/// If a matrix does not lie in its slice.
#[expect(unsafe_code, reason = "gemm takes pointers")]
pub fn multiply(
    [rows, inner, columns]: [usize; 3],
    lhs: Matrix<&[f32]>,
    rhs: Matrix<&[f32]>,
    out: Matrix<&mut [f32]>,
    before: Before,
) {
    if rows == 0 || inner == 0 || columns == 0 {
        return;
    }
    assert!(lhs.end(rows, inner) <= lhs.values.len(), "the left matrix lies in its slice");
    assert!(rhs.end(inner, columns) <= rhs.values.len(), "the right matrix lies in its slice");
    assert!(out.end(rows, columns) <= out.values.len(), "the product lies in its slice");
    // SAFETY: every element of the three matrices lies in its slice, as was just checked, and the product's slice is borrowed mutably:
    // it is no part of the other two.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out.values.as_mut_ptr(),
            out.column_stride as isize,
            out.row_stride as isize,
            before == Before::Added,
            lhs.values.as_ptr(),
            lhs.column_stride as isize,
            lhs.row_stride as isize,
            rhs.values.as_ptr(),
            rhs.column_stride as isize,
            rhs.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
