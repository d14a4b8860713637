package deploy_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// BuildKit's own parser reads the Dockerfile without a warning, and the program gets
// SIGTERM: no shell stands before it.
func TestDockerfile(t *testing.T) {
	result, err := parser.Parse(bytes.NewReader(read(t, "Dockerfile")))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range result.Warnings {
		t.Errorf("line %v: %s", w.Location, w.Short)
	}
	last := result.AST.Children[len(result.AST.Children)-1]
	if !strings.EqualFold(last.Value, "ENTRYPOINT") || !last.Attributes["json"] {
		t.Errorf("the last instruction is %s, want an ENTRYPOINT that is a list", last.Original)
	}
}

// Kubernetes' own types know each field of the manifests, and their selectors, ports and
// times fit together.
func TestManifests(t *testing.T) {
	var deployment apps.Deployment
	var service core.Service
	var budget policy.PodDisruptionBudget
	docs := bytes.Split(read(t, "kubernetes.yaml"), []byte("\n---\n"))
	if len(docs) != 3 {
		t.Fatalf("there are %d manifests, want 3", len(docs))
	}
	for i, into := range []any{&deployment, &service, &budget} {
		if err := yaml.UnmarshalStrict(docs[i], into); err != nil {
			t.Errorf("manifest %d: %v", i+1, err)
		}
	}
	if t.Failed() {
		return
	}
	for _, kind := range [][2]string{
		{deployment.APIVersion + " " + deployment.Kind, "apps/v1 Deployment"},
		{service.APIVersion + " " + service.Kind, "v1 Service"},
		{budget.APIVersion + " " + budget.Kind, "policy/v1 PodDisruptionBudget"},
	} {
		if kind[0] != kind[1] {
			t.Errorf("there is a %s, want a %s", kind[0], kind[1])
		}
	}
	pod := deployment.Spec.Template
	for what, labels := range map[string]map[string]string{
		"Deployment": deployment.Spec.Selector.MatchLabels, "Service": service.Spec.Selector, "PodDisruptionBudget": budget.Spec.Selector.MatchLabels,
	} {
		if len(labels) == 0 {
			t.Errorf("the %s selects all pods", what)
		}
		for name, value := range labels {
			if pod.Labels[name] != value {
				t.Errorf("the %s selects pods whose %s is %q, and theirs is %q", what, name, value, pod.Labels[name])
			}
		}
	}
	const drainTime = 25 // of Config.DrainTime, in seconds
	if grace := pod.Spec.TerminationGracePeriodSeconds; grace == nil || *grace <= drainTime {
		t.Errorf("a pod has %v s to end, and needs more than %d", grace, drainTime)
	}
	container := pod.Spec.Containers[0]
	hasPort := func(name string) bool {
		return slices.ContainsFunc(container.Ports, func(p core.ContainerPort) bool { return p.Name == name })
	}
	for what, port := range map[string]string{
		"Service": service.Spec.Ports[0].TargetPort.String(), "readiness": container.ReadinessProbe.HTTPGet.Port.String(), "liveness": container.LivenessProbe.HTTPGet.Port.String(),
	} {
		if !hasPort(port) {
			t.Errorf("the %s goes to the port %s, which the container hasn't got", what, port)
		}
	}
}

// systemd gives the service more time to end than the program takes, and the socket that
// it asks for.
func TestUnits(t *testing.T) {
	service, socket := string(read(t, "shop.service")), string(read(t, "shop.socket"))
	for _, line := range []string{"Requires=shop.socket", "TimeoutStopSec=35", "Restart=always"} {
		if !strings.Contains(service, "\n"+line+"\n") {
			t.Errorf("shop.service has no %s", line)
		}
	}
	if !strings.Contains(socket, "\nListenStream=8080\n") {
		t.Error("shop.socket doesn't listen")
	}
}
