//! The device under this tab: its id, its local day, the server that the page came from, and the space that the browser grants.

use crate::host::Host;
use crate::product::day::Day;
use crate::status_view::Surroundings;
use js_sys::Reflect;
use landfall_engine::DeviceId;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Where the id of this device is kept.
const DEVICE_KEY: &str = "landfall-device";

/// The id of this browser profile. It is minted once; where nothing can be kept, it is this tab's alone.
pub fn device_id(host: &dyn Host) -> DeviceId {
    let storage = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
    let kept = storage.as_ref().and_then(|storage| storage.get_item(DEVICE_KEY).ok().flatten());
    if let Some(device) = kept.and_then(|text| text.parse().ok()) {
        return device;
    }
    let mut random = [0; 10];
    host.random(&mut random);
    let device = DeviceId::mint(host.now(), random);
    if storage.is_none_or(|storage| storage.set_item(DEVICE_KEY, &device.to_string()).is_err()) {
        host.report("the id of this device cannot be kept");
    }
    device
}

/// The local day.
pub fn today() -> Day {
    let now = js_sys::Date::new_0();
    let first = Day::from_date(1970, 1, 1).expect("the first day that there is");
    i32::try_from(now.get_full_year()).ok().and_then(|year| Day::from_date(year, now.get_month() + 1, now.get_date())).unwrap_or(first)
}

/// Minutes that local time is east of UTC.
pub fn offset_minutes() -> i32 {
    -js_sys::Date::new_0().get_timezone_offset() as i32
}

/// The server that the page came from, such as `wss://example.org`.
pub fn own_origin() -> Option<String> {
    let origin = web_sys::window()?.location().origin().ok()?;
    origin.strip_prefix("http").map(|rest| format!("ws{rest}"))
}

/// `navigator.storage`; some browsers have none, and none has it on pages that are not secure.
fn storage_manager() -> Option<web_sys::StorageManager> {
    let navigator = web_sys::window()?.navigator();
    let storage = Reflect::get(&navigator, &"storage".into()).ok()?;
    storage.is_object().then(|| storage.unchecked_into())
}

/// Asks the browser to keep this site's data until the person clears them.
pub async fn ask_to_persist() -> Option<bool> {
    let storage = storage_manager()?;
    JsFuture::from(storage.persist().ok()?).await.ok()?.as_bool()
}

/// How much space there is, and whether it is kept.
pub async fn space() -> Surroundings {
    let Some(storage) = storage_manager() else { return Surroundings::default() };
    let persisted = match storage.persisted() {
        Ok(promise) => JsFuture::from(promise).await.ok().and_then(|answer| answer.as_bool()),
        Err(_) => None,
    };
    let estimate = match storage.estimate() {
        Ok(promise) => JsFuture::from(promise).await.ok(),
        Err(_) => None,
    };
    let number = |name: &str| estimate.as_ref().and_then(|estimate| Reflect::get(estimate, &JsValue::from(name)).ok()?.as_f64());
    Surroundings { persisted, usage: number("usage"), quota: number("quota"), ..Surroundings::default() }
}
