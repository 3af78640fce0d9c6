// The rendered dashboards and rules as a Prometheus mixin. They are imported as they are, so they cannot differ from the
// files beside them; change the base of the runbook links with `_config.runbookBase`.
{
  _config+:: {
    runbookBase: null,
  },

  local withRunbooks(groups) = [
    group {
      rules: [
        if $._config.runbookBase != null && std.objectHas(rule, 'alert') then
          rule { annotations+: { runbook_url: '%s/%s.md' % [$._config.runbookBase, rule.alert] } }
        else rule
        for rule in group.rules
      ],
    }
    for group in groups
  ],

  grafanaDashboards+:: {
    'datajobs-overview.json': import '../overview.json',
    'datajobs-job.json': import '../job.json',
    'datajobs-snowplow.json': import '../snowplow.json',
    'datajobs-adverity.json': import '../adverity.json',
    'datajobs-matatika.json': import '../matatika.json',
    'datajobs-polaris.json': import '../polaris.json',
    'datajobs-tailer.json': import '../tailer.json',
    'datajobs-exporter.json': import '../exporter.json',
  },

  prometheusRules+:: {
    groups+: (import 'rules.json').groups,
  },

  prometheusAlerts+:: {
    groups+: withRunbooks((import 'alerts.json').groups),
  },
}
