//! Integer matrix products in the tile registers of AMX: 32 rows and 32 columns at once, 64 inputs a step.
//!
//! The packed panels are what the instructions read: a tile of weights is 16 groups of 16 columns, a tile of activations 64 integers of 16 rows. The standard
//! library has no stable names for these instructions, so they are written out.

#![allow(clippy::unused_self, reason = "holding the tiles is the proof that they are configured")]

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::sync::LazyLock;

use super::dense::PANEL;
use super::int8::{BLOCK, GROUP, Int8Linear, Quantised, finish};
use super::peak::Done;
use super::x86::Zmm;
use crate::engine::native::lanes::LANES;

/// Rows of a tile.
const ROWS: usize = 16;
/// Bytes in a row of a tile.
const WIDTH: usize = 64;
/// Groups of inputs in a tile.
const GROUPS: usize = WIDTH / GROUP;
/// Bytes of a group of all columns of a panel.
const ACROSS: usize = PANEL * GROUP;

const _: () = assert!(BLOCK == 2 * ROWS && PANEL == 2 * LANES && LANES * GROUP == WIDTH && GROUPS == ROWS);

/// Whether the processor multiplies integers in tiles, and the system lets this process use them: asked once, as asking is what makes the system allow it.
pub(in crate::engine::native) fn detected() -> bool {
    static DETECTED: LazyLock<bool> = LazyLock::new(|| {
        const TILES: u32 = 1 << 24;
        const INTEGERS: u32 = 1 << 25;
        let most = __cpuid_count(0, 0).eax;
        let wanted = TILES | INTEGERS;
        most >= 7 && __cpuid_count(7, 0).edx & wanted == wanted && granted()
    });
    *DETECTED
}

/// Asks Linux for the tile registers, which it saves on a task switch only for those who asked.
#[cfg(target_os = "linux")]
fn granted() -> bool {
    /// `ARCH_REQ_XCOMP_PERM` in the kernel's `asm/prctl.h`.
    const REQUEST: libc::c_long = 0x1023;
    /// `XFEATURE_XTILEDATA`.
    const TILE_DATA: libc::c_long = 18;
    // SAFETY: the call takes two numbers, and no pointer.
    unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST, TILE_DATA) == 0 }
}

/// Other systems are not asked.
#[cfg(not(target_os = "linux"))]
fn granted() -> bool {
    false
}

/// What `ldtilecfg` reads.
#[repr(C, align(64))]
struct Configuration {
    palette: u8,
    start: u8,
    reserved: [u8; 14],
    widths: [u16; 16],
    rows: [u8; 16],
}

/// The eight tile registers of this thread, 16 rows of 64 bytes each: sums in 0 to 3, activations in 4 and 5, weights in 6 and 7.
///
/// The compiler uses no tile, so what they hold stays from one function here to the next.
struct Tiles(());

impl Tiles {
    /// Takes the tile registers.
    ///
    /// # Safety
    /// AMX must have been [`detected`], and no other value of this type may live in this thread.
    unsafe fn take() -> Self {
        let mut configuration =
            Configuration { palette: 1, start: 0, reserved: [0; 14], widths: [0; 16], rows: [0; 16] };
        configuration.widths[..8].fill(64);
        configuration.rows[..8].fill(16);
        // SAFETY: AMX was detected, and the configuration is the 64 bytes that are read, within what palette 1 allows.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const configuration, options(nostack, readonly)) }
        Self(())
    }

    /// Makes the sums zero.
    fn clear(&mut self) {
        // SAFETY: the tiles are configured as long as `self` lives.
        unsafe {
            asm!("tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", options(nostack, nomem));
        }
    }

    /// Adds to the sums the products of 32 rows of `rows`, each `stride` bytes after the last, and 32 columns: for each step 64 bytes of the rows and 16 groups
    /// of `weights`.
    ///
    /// # Panics
    /// When the slices are shorter than that.
    fn add(&mut self, rows: &[u8], stride: usize, weights: &[i8], steps: usize) {
        assert!(steps > 0 && rows.len() >= (BLOCK - 1) * stride + steps * WIDTH, "rows for every step");
        assert!(weights.len() >= steps * GROUPS * ACROSS, "weights for every step");
        // SAFETY: the tiles are configured as long as `self` lives. Each step reads 64 bytes of 32 rows, the second half of which begins 16 rows after the first,
        // and 16 groups of 128 bytes; the slices hold them, as was checked. Nothing is written.
        unsafe {
            asm!(
                "2:",
                "tileloadd tmm4, [{rows} + {stride}]",
                "tileloadd tmm6, [{weights} + {across}]",
                "tileloadd tmm7, [{weights} + {across} + 64]",
                "tdpbusd tmm0, tmm4, tmm6",
                "tileloadd tmm5, [{below} + {stride}]",
                "tdpbusd tmm1, tmm4, tmm7",
                "tdpbusd tmm2, tmm5, tmm6",
                "tdpbusd tmm3, tmm5, tmm7",
                "add {rows}, 64",
                "add {below}, 64",
                "add {weights}, 2048",
                "dec {steps}",
                "jnz 2b",
                rows = inout(reg) rows.as_ptr() => _,
                below = inout(reg) rows[ROWS * stride..].as_ptr() => _,
                weights = inout(reg) weights.as_ptr() => _,
                steps = inout(reg) steps => _,
                stride = in(reg) stride,
                across = in(reg) ACROSS,
                options(nostack, readonly),
            );
        }
    }

    /// Does four products of what was last [added](Self::add), `rounds` times.
    fn again(&mut self, rounds: usize) {
        if rounds == 0 {
            return;
        }
        // SAFETY: the tiles are configured as long as `self` lives.
        unsafe {
            asm!(
                "2:",
                "tdpbusd tmm0, tmm4, tmm6",
                "tdpbusd tmm1, tmm4, tmm7",
                "tdpbusd tmm2, tmm5, tmm6",
                "tdpbusd tmm3, tmm5, tmm7",
                "dec {rounds}",
                "jnz 2b",
                rounds = inout(reg) rounds => _,
                options(nostack, nomem),
            );
        }
    }

    /// Writes the sums out.
    fn store(&self, sums: &mut [[i32; PANEL]; BLOCK]) {
        // SAFETY: the tiles are configured as long as `self` lives. Each one is written to 16 rows of 64 bytes, and the four of them fill the array.
        unsafe {
            asm!(
                "tilestored [{sums} + {stride}], tmm0",
                "tilestored [{sums} + {stride} + 64], tmm1",
                "tilestored [{sums} + {stride} + 2048], tmm2",
                "tilestored [{sums} + {stride} + 2112], tmm3",
                sums = in(reg) sums.as_mut_ptr(),
                stride = in(reg) size_of::<[i32; PANEL]>(),
                options(nostack),
            );
        }
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        // SAFETY: the tiles are this value's, which is the last that needs them.
        unsafe { asm!("tilerelease", options(nostack, nomem)) }
    }
}

/// Inputs after the last whole step, filled up to one with zeros.
struct Rest {
    rows: [[u8; WIDTH]; BLOCK],
    weights: [[i8; ACROSS]; GROUPS],
}

impl Rest {
    /// Copies what stands from group `from` on in a block of rows of `groups` groups, and in a panel.
    fn new(rows: &[u8], panel: &[i8], groups: usize, from: usize) -> Self {
        let mut rest = Self { rows: [[0; WIDTH]; BLOCK], weights: [[0; ACROSS]; GROUPS] };
        for (row, into) in rows.chunks_exact(groups * GROUP).zip(&mut rest.rows) {
            let row = &row[from * GROUP..];
            into[..row.len()].copy_from_slice(row);
        }
        let weights = &panel[from * ACROSS..];
        rest.weights.as_flattened_mut()[..weights.len()].copy_from_slice(weights);
        rest
    }
}

/// As [`super::int8::linear`].
///
/// # Safety
/// AMX must have been [`detected`].
#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn linear(input: &Quantised, layer: &Int8Linear, out: &mut [f32]) {
    let groups = layer.inputs.div_ceil(GROUP);
    let steps = groups / GROUPS;
    // SAFETY: AMX was detected, and nothing that is called while it lives takes the tiles.
    let mut tiles = unsafe { Tiles::take() };
    let mut sums = [[0; PANEL]; BLOCK];
    for (index, panel) in layer.panels.chunks_exact(groups * ACROSS).enumerate() {
        for first in (0..input.count()).step_by(BLOCK) {
            let rows = input.block(first, groups);
            let count = (input.count() - first).min(BLOCK);
            tiles.clear();
            if steps > 0 {
                tiles.add(rows, groups * GROUP, panel, steps);
            }
            if groups > steps * GROUPS {
                let rest = Rest::new(rows, panel, groups, steps * GROUPS);
                tiles.add(rest.rows.as_flattened(), WIDTH, rest.weights.as_flattened(), 1);
            }
            tiles.store(&mut sums);
            for (row, sums) in sums[..count].iter().enumerate() {
                for (vector, sums) in sums.as_chunks::<LANES>().0.iter().enumerate() {
                    let at = (first + row, index * PANEL + vector * LANES);
                    finish::<Zmm>(input, layer, at, *sums, 0, out);
                }
            }
        }
    }
}

/// As [`super::peak::dot`]: four products of tiles a round.
///
/// # Safety
/// AMX must have been [`detected`].
pub(super) unsafe fn dot(rounds: usize, done: &mut Done) {
    // SAFETY: AMX was detected, and nothing that is called while it lives takes the tiles.
    let mut tiles = unsafe { Tiles::take() };
    let mut sums = [[0; PANEL]; BLOCK];
    let (rows, weights) = std::hint::black_box(([1_u8; WIDTH * BLOCK], [1_i8; GROUPS * ACROSS]));
    tiles.clear();
    tiles.add(&rows, WIDTH, &weights, 1);
    tiles.again(rounds);
    tiles.store(&mut sums);
    done.sum += sums.as_flattened().iter().map(|sum| f64::from(*sum)).sum::<f64>();
    done.operations += (2 * rounds * BLOCK * PANEL * WIDTH) as u64;
}
