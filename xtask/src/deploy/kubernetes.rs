//! What Kubernetes would not notice: it takes each manifest by itself, and a name that means nothing is a service without nodes.

use anyhow::{Result, ensure};
use serde_json::{Map, Value};

/// Does everything that one of these documents names exist in another?
pub fn referring(documents: &[Value]) -> Result<()> {
    let of_kind = |kind: &str| documents.iter().filter(move |document| document["kind"] == kind).collect::<Vec<_>>();
    let pods: Vec<&Value> = documents.iter().filter_map(template).collect();
    let mut lost = Vec::new();
    let selectors = [
        ("Service", "/spec/selector"),
        ("PodDisruptionBudget", "/spec/selector/matchLabels"),
        ("NetworkPolicy", "/spec/podSelector/matchLabels"),
    ];
    for (kind, selector) in selectors {
        let picked = |document: &Value| {
            document.pointer(selector).and_then(Value::as_object).is_some_and(|labels| pods.iter().any(|pod| has_labels(pod, labels)))
        };
        let nobody = of_kind(kind).into_iter().filter(|document| !picked(document));
        lost.extend(nobody.map(|document| format!("{} picks no pod", called(document))));
    }
    for document in of_kind("Service") {
        let offered = pods.iter().flat_map(|pod| all(pod, "/spec/containers")).flat_map(|container| all(container, "/ports"));
        let offered: Vec<&Value> = offered.map(|port| &port["name"]).collect();
        let wanted = all(document, "/spec/ports").map(|port| &port["targetPort"]);
        lost.extend(
            wanted.filter(|port| !offered.contains(port)).map(|port| format!("{}: no container has the port {port}", called(document))),
        );
    }
    for document in of_kind("Ingress") {
        let paths = all(document, "/spec/rules").flat_map(|rule| all(rule, "/http/paths"));
        for service in paths.map(|path| &path["backend"]["service"]) {
            let is_meant = |known: &&Value| {
                known["metadata"]["name"] == service["name"]
                    && all(known, "/spec/ports").any(|port| port["name"] == service["port"]["name"])
            };
            if !of_kind("Service").iter().any(is_meant) {
                lost.push(format!("{}: there is no service {service}", called(document)));
            }
        }
    }
    for pod in &pods {
        let secrets = all(pod, "/spec/volumes").map(|volume| ("Secret", &volume["secret"]["secretName"]));
        let claims = all(pod, "/spec/volumes").map(|volume| ("PersistentVolumeClaim", &volume["persistentVolumeClaim"]["claimName"]));
        let account = std::iter::once(("ServiceAccount", &pod["spec"]["serviceAccountName"]));
        let named = secrets.chain(claims).chain(account).filter(|(_, name)| !name.is_null());
        let unknown = named.filter(|(kind, name)| !of_kind(kind).iter().any(|document| document["metadata"]["name"] == **name));
        lost.extend(unknown.map(|(kind, name)| format!("a pod names the {kind} {name}, which is not here")));
    }
    ensure!(lost.is_empty(), "{}", lost.join("\n"));
    Ok(())
}

/// The pod that a document makes more of.
fn template(document: &Value) -> Option<&Value> {
    document.pointer("/spec/template").or_else(|| document.pointer("/spec/jobTemplate/spec/template"))
}

fn has_labels(pod: &Value, labels: &Map<String, Value>) -> bool {
    labels.iter().all(|(name, value)| pod["metadata"]["labels"][name] == *value)
}

fn all<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn called(document: &Value) -> String {
    format!("{} {}", document["kind"].as_str().unwrap_or_default(), document["metadata"]["name"].as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node() -> Value {
        json!({"kind": "Deployment", "spec": {"template": {"metadata": {"labels": {"app": "landfall"}}, "spec": {
            "containers": [{"ports": [{"name": "http"}]}], "volumes": [{"secret": {"secretName": "address"}}]}}}})
    }

    fn service(label: &str, port: &str) -> Value {
        json!({"kind": "Service", "metadata": {"name": "way"},
            "spec": {"selector": {"app": label}, "ports": [{"name": "http", "targetPort": port}]}})
    }

    fn ingress(to: &str) -> Value {
        let backend = json!({"service": {"name": to, "port": {"name": "http"}}});
        json!({"kind": "Ingress", "metadata": {"name": "in"}, "spec": {"rules": [{"http": {"paths": [{"backend": backend}]}}]}})
    }

    #[test]
    fn a_name_that_means_nothing_is_noticed() {
        let secret = json!({"kind": "Secret", "metadata": {"name": "address"}});
        let whole = [node(), secret.clone(), service("landfall", "http"), ingress("way")];
        referring(&whole).expect("everything that is named is there");
        let wrong = [
            (vec![node(), secret.clone(), service("landfal", "http"), ingress("way")], "Service way picks no pod"),
            (vec![node(), secret.clone(), service("landfall", "https"), ingress("way")], "no container has the port \"https\""),
            (vec![node(), secret, service("landfall", "http"), ingress("away")], "Ingress in: there is no service"),
            (vec![node(), service("landfall", "http"), ingress("way")], "a pod names the Secret \"address\""),
        ];
        for (documents, told) in wrong {
            let error = referring(&documents).expect_err(told).to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
