//! Panics that end here.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A panic that was caught. What it was is the panic hook's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Panicked;

/// Does `work`, and catches its panic.
///
/// What it may leave half done is the caller's to throw away.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        // SECURITY: dropping it runs code of whoever panicked, which may panic again.
        mem::forget(payload);
        Panicked
    })
}

#[cfg(test)]
mod tests {
    use super::{Panicked, caught};
    use std::panic::panic_any;

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[test]
    fn a_panic_that_panics_again_when_it_is_dropped_is_caught() {
        let result: Result<(), Panicked> = caught(|| panic_any(Bomb));
        assert_eq!(result, Err(Panicked));
        assert_eq!(caught(|| 1), Ok(1));
    }
}
