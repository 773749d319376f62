//! Build steps that cargo cannot express. Does nothing in the default build.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    remember_libtorch();
}

/// Writes the folder of libtorch into the binaries' run path, so that they start without `LD_LIBRARY_PATH`.
///
/// `torch-sys` hands the folder to crates that depend on it directly; without the `rust-bert` feature there is none.
fn remember_libtorch() {
    let key = "DEP_TCH_LIBTORCH_LIB";
    println!("cargo::rerun-if-env-changed={key}");
    let unix = std::env::var_os("CARGO_CFG_UNIX").is_some();
    if let (Ok(folder), true) = (std::env::var(key), unix) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
